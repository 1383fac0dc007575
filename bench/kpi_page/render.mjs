// Draws build/bench/kpi.json: kpi.html beside it, one file without anything from elsewhere, and kpi.md.
// Usage: node bench/kpi_page/render.mjs build/bench/kpi.json
import { readFileSync, writeFileSync } from 'node:fs';

const source = process.argv[2] ?? 'build/bench/kpi.json';
const run = JSON.parse(readFileSync(source, 'utf8'));
const sizes = run.details.sizes;
const echarts = await import('echarts').catch(() => null);

const colors = { before: '#b42318', strategy: '#d98a00', fastify: '#6b7280', salesflow: '#1f6f54', pgbench: '#2b62b3', nginx: '#7a4fb5' };
const names = {
  before: 'before the strategy',
  strategy: 'the strategy as written',
  fastify: 'Fastify + postgres.js',
  salesflow: 'SalesFlow',
  pgbench: 'limit: PostgreSQL alone, same statements (pgbench)',
  nginx: 'limit: same bytes from a file (nginx)',
};
const contestants = Object.keys(names);
const order = ['dashboard', 'events', 'batch', 'hot_leads', 'inbox'];

const number = (value, digits = 2) => {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  const at = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? Math.min(1, digits) : digits;
  return value.toLocaleString('en-US', { minimumFractionDigits: at, maximumFractionDigits: at });
};
const escape = (text) => String(text).replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]);
const events = (count) => (count >= 1e6 ? `${count / 1e6} M` : `${count / 1e3} k`);
const mebibytes = (bytes) => number(bytes / 1048576, 0);
const all = (size) => order.filter((key) => size.kpis?.[key]).map((key) => [key, size.kpis[key]]);
const figure = (kpi, who, state, what = 'p95_ms') => kpi?.contestants?.[who]?.[state]?.[what];

// A table is a head and rows of text; both outputs print the same.
const tables = [];
const add = (title, note, head, rows) => rows.length > 0 && tables.push({ title, note, head, rows });

/** What of a request takes the time, by what was measured: processor time of whom, or none of both. */
function bottleneck(kpi, who) {
  const warm = kpi.contestants[who]?.warm;
  if (!warm || warm.cpu_us === undefined) return '–';
  const service = warm.cpu_us;
  const database = warm.database_cpu_us;
  const waits = warm.p50_ms * 1000 - service - database;
  const parts = [
    ['the service', service],
    ['PostgreSQL', database],
    ['neither: waiting in line or for round trips', waits],
  ].sort((a, b) => b[1] - a[1]);
  const [name, time] = parts[0];
  return `${name}, ${number(time / 1000)} of ${number(Math.max(warm.p50_ms, (service + database) / 1000))} ms`;
}

for (const size of sizes) {
  const at = `${events(size.events)} events`;
  add(
    `KPIs at ${at}`,
    'p50 / p95 / p99 / longest in ms, warm, nothing kept. Each row at one fixed pace for all, counted from when a request was due. A batch is timed by itself, one after the other.',
    ['KPI', 'a second', ...contestants.filter((who) => who !== 'fastify' && who !== 'nginx').map((who) => names[who]), "strategy's target", 'ours', 'verdict'],
    all(size).map(([, kpi]) => {
      const cell = (who) => {
        const warm = kpi.contestants[who]?.warm;
        return warm
          ? `${number(warm.p50_ms)} / ${number(warm.p95_ms)} / ${number(warm.p99_ms)} / ${number(warm.max_ms)}${warm.failed ? ` (${warm.failed} of ${warm.requests} failed)` : ''}`
          : '–';
      };
      const p95 = figure(kpi, 'salesflow', 'warm');
      return [
        kpi.title,
        kpi.pace_per_second ? number(kpi.pace_per_second, 1) : '1 at a time',
        cell('before'),
        cell('strategy'),
        cell('salesflow'),
        cell('pgbench'),
        `< ${kpi.target_strategy_ms} ms`,
        `≤ ${kpi.target_ms} ms`,
        p95 === undefined ? '–' : p95 <= kpi.target_ms ? 'met' : p95 < kpi.target_strategy_ms ? "missed ours, met the strategy's" : 'MISSED',
      ];
    }),
  );
  add(
    `How many times faster, at ${at}`,
    'p95 of the one ÷ p95 of SalesFlow, from the table above. The strategy promises 5 to 20 over before.',
    ['KPI', 'before ÷ strategy', 'before ÷ SalesFlow', 'strategy ÷ SalesFlow', 'SalesFlow ÷ PostgreSQL alone'],
    all(size).map(([, kpi]) => {
      const ratio = (a, b) => number(figure(kpi, a, 'warm') / figure(kpi, b, 'warm'), 1);
      return [kpi.title, ratio('before', 'strategy'), ratio('before', 'salesflow'), ratio('strategy', 'salesflow'), ratio('salesflow', 'pgbench')];
    }),
  );
  add(
    `Cold, warm, kept, and as much as goes, at ${at}`,
    'Cold: the first answers after a start with no page in memory (median and longest of one for each person asked for). Kept: answers of a warm cache. Most: answers a second with four connections that never pause.',
    ['KPI', 'who', 'cold p50 / longest, ms', 'warm p95, ms', 'kept p95, ms', 'most a second', 'at 200 a second: p95, ms', 'CPU a request: service + PostgreSQL, ms', 'where the time goes'],
    all(size).flatMap(([, kpi]) =>
      contestants
        .filter((who) => kpi.contestants[who] && who !== 'pgbench')
        .map((who) => {
          const own = kpi.contestants[who];
          return [
            kpi.title,
            names[who],
            own.cold ? `${number(own.cold.p50_ms)} / ${number(own.cold.max_ms)}` : '–',
            number(own.warm?.p95_ms),
            number(own.cached?.p95_ms),
            number(own.peak_per_second, 1),
            own.overload ?? number((own.busy ?? (own.warm?.per_second === 200 ? own.warm : undefined))?.p95_ms),
            own.warm?.cpu_us === undefined ? '–' : `${number(own.warm.cpu_us / 1000)} + ${number(own.warm.database_cpu_us / 1000)}`,
            bottleneck(kpi, who),
          ];
        }),
    ),
  );
  if (size.cache_mix)
    add(
      `Kept answers under a mixed load, at ${at}`,
      'Five people look at the four screens in turns, 80 requests a second, every fiftieth is a new event. Counted is what was looked up: the strategy keeps three of the four.',
      ['who', 'looked up', 'hits', 'hit rate', "strategy's target", 'ours', 'p95 of all requests, ms'],
      Object.entries(size.cache_mix).map(([who, mix]) => [names[who], mix.looked_up, mix.hits, `${number(mix.hit_rate_percent, 1)} %`, '> 70 %', '≥ 90 %', number(mix.p95_ms)]),
    );
  if (size.stale_answers)
    add(
      `Stale answers, at ${at}`,
      'A row is committed beside the service while its answer is kept; then the screen is read every 10 ms until the row is seen. Stale reads of all reads, and how old the oldest was.',
      ['screen', ...Object.keys(size.stale_answers).map((who) => names[who])],
      ['dashboard', 'events', 'hot_leads', 'inbox'].map((key) => [
        size.kpis?.[key]?.title ?? key,
        ...Object.values(size.stale_answers).map((seen) => {
          const one = seen[key];
          return `${one.stale} of ${one.reads}${one.stale ? `, ${one.unseen_when_given_up ? 'still after ' : ''}${number(one.longest_ms, 0)} ms` : ''}`;
        }),
      ]),
    );
  if (size.slow_statements)
    add(
      `Statements over 1 s, at ${at}`,
      'Of all statements that PostgreSQL ran for the warm part of this run. The strategy expects 20 to 30 % before and less than 5 % after it.',
      ['who', 'statements', 'over 1 s', 'share'],
      Object.entries(size.slow_statements).map(([who, slow]) => [names[who], slow.statements.toLocaleString('en-US'), slow.over_1s, `${number(slow.share_percent, 2)} %`]),
    );
  if (size.claims) {
    const claims = size.claims;
    const share = (part, whole) => `${number((100 * part) / whole, 1)} %`;
    add(
      `What chapter 8 of the strategy expects, at ${at}`,
      'Of its 13 indexes, 3 views and their refreshes, against the same rows before it.',
      ['claim', 'expected', 'measured'],
      [
        ['disk for the indexes', '15–25 % more', `${share(claims.strategy.index_bytes - claims.before.index_bytes, claims.before.bytes)} more (${mebibytes(claims.strategy.index_bytes - claims.before.index_bytes)} of ${mebibytes(claims.before.bytes)} MiB)`],
        ['disk for the views', '"doubles the data"', `${share(claims.strategy.view_bytes, claims.before.bytes)} more (${mebibytes(claims.strategy.view_bytes)} MiB)`],
        ['single inserts', '10–15 % slower', claims.insert ? `${number(claims.insert.slower_percent, 1)} % slower (${number(claims.insert.before_per_second, 0)} to ${number(claims.insert.strategy_per_second, 0)} a second)` : '–'],
        ['indexes of message_events after every status of 14 days changed', '"occasional REINDEX"', ['before', 'strategy'].map((who) => `${names[who]} +${number(claims[`status_changes_${who}`]?.bloat_percent, 0)} % (${number(claims[`status_changes_${who}`]?.us_a_row, 0)} µs a row)`).join('; ')],
        ['refresh of a view', '1–5 s', Object.entries(claims.refresh_s).map(([view, seconds]) => `${view} ${number(seconds)} s`).join(', ')],
        ['SalesFlow beside it', '', `${mebibytes(claims.salesflow.index_bytes)} MiB of indexes in ${mebibytes(claims.salesflow.bytes)} MiB; before: ${mebibytes(claims.before.index_bytes)} in ${mebibytes(claims.before.bytes)}`],
      ],
    );
  }
}
if (sizes.length > 1)
  add(
    'Growth',
    `p95 at ${events(sizes.at(-1).events)} events ÷ p95 at ${events(sizes[0].events)}; asked of SalesFlow: ≤ 1.3. Paces differ between sizes where a contestant bears less.`,
    ['KPI', ...contestants.slice(0, 5).map((who) => names[who])],
    order
      .filter((key) => sizes.every((size) => size.kpis?.[key]))
      .map((key) => [sizes[0].kpis[key].title, ...contestants.slice(0, 5).map((who) => number(figure(sizes.at(-1).kpis[key], who, 'warm') / figure(sizes[0].kpis[key], who, 'warm'), 2))]),
  );
add(
  'Targets',
  'Of SalesFlow. The exit code of the run says whether all were met.',
  ['check', 'figure', 'target', 'verdict'],
  run.checks.map((check) => [check.name, `${number(check.value)} ${check.unit}`, `${check.op === '<=' ? '≤' : '≥'} ${number(check.target)}`, check.pass ? 'met' : 'MISSED']),
);

function draw(option, width = 900, height = 340) {
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({ animation: false, textStyle: { fontFamily: 'Arial, sans-serif' }, ...option });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
const axis = (name) => ({ type: 'log', min: 0.1, name, nameLocation: 'middle', nameGap: 55, axisLabel: { formatter: (value) => number(value, 2).replace(/\.0+$/, '') } });
const legend = { bottom: 0, type: 'plain', itemWidth: 14, itemGap: 18 };
const grid = { left: 80, right: 30, top: 40, bottom: 90 };

const charts = [];
if (echarts) {
  for (const size of sizes) {
    const shown = contestants.filter((who) => all(size).some(([, kpi]) => figure(kpi, who, 'warm') !== undefined));
    charts.push([
      `p95 at ${events(size.events)} events, warm, nothing kept`,
      draw({
        legend,
        grid,
        xAxis: { type: 'category', data: all(size).map(([, kpi]) => kpi.title), axisLabel: { interval: 0, width: 140, overflow: 'break' } },
        yAxis: axis('ms'),
        series: shown.map((who) => ({ name: names[who], type: 'bar', itemStyle: { color: colors[who] }, data: all(size).map(([, kpi]) => figure(kpi, who, 'warm') ?? null) })),
      }),
    ]);
    const cpu = all(size).flatMap(([, kpi]) => ['before', 'strategy', 'fastify', 'salesflow'].filter((who) => figure(kpi, who, 'warm', 'cpu_us') !== undefined).map((who) => [`${kpi.title}: ${names[who]}`, kpi.contestants[who].warm]));
    charts.push([
      `CPU time a request at ${events(size.events)} events`,
      draw(
        {
          legend,
          grid: { ...grid, left: 400 },
          yAxis: { type: 'category', inverse: true, data: cpu.map(([name]) => name), axisLabel: { interval: 0 } },
          xAxis: { ...axis('ms of the service and of PostgreSQL'), min: 0.01, nameGap: 30 },
          series: [
            { name: 'the service', type: 'bar', itemStyle: { color: '#1f6f54' }, data: cpu.map(([, warm]) => Math.max(warm.cpu_us / 1000, 0.01)) },
            { name: 'PostgreSQL', type: 'bar', itemStyle: { color: '#2b62b3' }, data: cpu.map(([, warm]) => Math.max(warm.database_cpu_us / 1000, 0.01)) },
          ],
        },
        900,
        100 + 30 * cpu.length,
      ),
    ]);
  }
  if (sizes.length > 1)
    for (const key of order.filter((name) => sizes.every((size) => size.kpis?.[name]))) {
      const shown = contestants.filter((who) => sizes.some((size) => figure(size.kpis[key], who, 'warm') !== undefined));
      charts.push([
        `Growth: ${sizes[0].kpis[key].title}`,
        draw(
          {
            legend,
            grid,
            xAxis: { type: 'category', data: sizes.map((size) => events(size.events)), name: 'events' },
            yAxis: axis('p95, ms'),
            series: shown.map((who) => ({ name: names[who], type: 'line', symbolSize: 8, itemStyle: { color: colors[who] }, data: sizes.map((size) => figure(size.kpis[key], who, 'warm') ?? null) })),
          },
          900,
          320,
        ),
      ]);
    }
}

const machine = run.machine;
const facts = [
  `${run.date}, commit ${run.commit}; ${machine.cores} × ${machine.cpu}, ${number(machine.memory_mib, 0)} MiB, ${machine.kernel}; load before the run ${number(machine.load_before)}`,
  Object.entries(run.versions).filter(([, version]) => version).map(([name, version]) => `${name} ${version}`).join(', '),
  `made by: ${run.details.command}`,
  ...run.notes,
];

const markdown = [
  '# The strategy\'s targets: before it, with it, SalesFlow',
  '',
  ...facts.map((line) => `- ${line}`),
  '',
  ...tables.flatMap((table) => [`## ${table.title}`, '', table.note, '', `| ${table.head.join(' | ')} |`, `|${table.head.map(() => '---').join('|')}|`, ...table.rows.map((row) => `| ${row.join(' | ')} |`), '']),
].join('\n');

const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>SalesFlow: the strategy's targets</title>
<style>
body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;max-width:1180px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem}h2{font-size:1.15rem;margin:2.2rem 0 .3rem}p,ul{color:#4a5565;margin:.2rem 0 .8rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:13px;width:100%}
th,td{border-bottom:1px solid #dde3ea;padding:.35rem .6rem;text-align:left;vertical-align:top}th{background:#f4f6f8}
.met{color:#1f6f54;font-weight:600}.missed{color:#b42318;font-weight:600}svg{max-width:100%;height:auto}
</style></head><body>
<h1>The strategy's targets: before it, with it, SalesFlow</h1>
<ul>${facts.map((line) => `<li>${escape(line)}</li>`).join('')}</ul>
${tables
  .map(
    (table) => `<h2>${escape(table.title)}</h2><p>${escape(table.note)}</p><div class="scroll"><table><thead><tr>${table.head.map((cell) => `<th>${escape(cell)}</th>`).join('')}</tr></thead><tbody>
${table.rows.map((row) => `<tr>${row.map((cell) => `<td${/^met$/.test(cell) ? ' class="met"' : /^(MISSED|missed)/.test(cell) ? ' class="missed"' : ''}>${escape(cell)}</td>`).join('')}</tr>`).join('\n')}</tbody></table></div>`,
  )
  .join('\n')}
${charts.map(([title, svg]) => `<h2>${escape(title)}</h2>${svg}`).join('\n')}
${echarts ? '' : '<p>No charts: npm ci --prefix bench/kpi_page installs what draws them.</p>'}
</body></html>
`;

const stem = source.replace(/\.json$/, '');
writeFileSync(`${stem}.html`, html);
writeFileSync(`${stem}.md`, markdown);
console.log(`${stem}.html, ${stem}.md${echarts ? '' : ' (no charts: npm ci --prefix bench/kpi_page)'}`);
