import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { createColumnHelper, flexRender, getCoreRowModel, useReactTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { TFunction } from 'i18next';
import { useEffect, useMemo, useRef } from 'react';
import { Button } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { explain } from '../../../platform/api/explain';
import { useOutdated } from '../../../platform/api/lists';
import { Icon } from '../../../platform/ui/icons';
import { Avatar, Choose, Empty, Failure, FreshnessBadge, Outdated } from '../../../platform/ui/parts';
import { dateOnly } from '../../../platform/ui/time';
import { type Lead, leadsQuery } from '../api/list-leads';
import { filters, isLeadStatus, leadStatuses, type LeadsSearch, orderOf, readLeadsSearch, sortable, type SortBy, sortedBy } from '../search';
import './leads.css';

const rowHeight = 52; // px, as in leads.css
const column = createColumnHelper<Lead>();
const columnsOf = (t: TFunction) => [
  column.accessor('name', { id: 'name', header: t('leads.name'), cell: ({ row: { original: lead } }) => <span className="lead-name"><Avatar name={lead.name} /><span><b dir="auto">{lead.name}</b><small>{lead.email ?? lead.phone ?? lead.instagram ?? ''}</small></span></span> }),
  column.accessor('p_score', { id: 'p_score', header: t('leads.score'), cell: ({ row: { original: lead } }) => <Score lead={lead} t={t} /> }),
  column.accessor('temperature', { id: 'temperature', header: t('leads.temperature'), cell: ({ getValue }) => <Temperature value={getValue()} t={t} /> }),
  column.accessor('status', { id: 'status', header: t('leads.status'), cell: ({ getValue }) => { const status = getValue(); return <span className="status">{isLeadStatus(status) ? t(`leadStatus.${status}`) : status}</span>; } }),
  column.accessor('company', { id: 'company', header: t('leads.company'), cell: ({ getValue }) => <span dir="auto">{getValue() ?? ''}</span> }),
  column.accessor('next_follow_up', { id: 'next_follow_up', header: t('leads.followUp'), cell: ({ getValue }) => { const day = getValue(); return day ? <time dateTime={day}>{dateOnly(day)}</time> : null; } }),
  column.accessor('source', { id: 'source', header: t('leads.source'), cell: ({ getValue }) => getValue() ?? '' }),
  column.accessor('created_at', { id: 'created_at', header: t('leads.created'), cell: ({ getValue }) => { const at = getValue(); return at ? <time dateTime={at}>{dateOnly(at)}</time> : null; } }),
];

function Score({ lead, t }: { lead: Lead; t: TFunction }) {
  if (lead.p_score === null || lead.p_score === undefined) return <span className="score none">–</span>;
  const trend = lead.p_score_trend === 'up' ? 'rising' : lead.p_score_trend === 'down' ? 'falling' : null;
  return (
    <span className="score">
      <meter min={0} max={100} value={lead.p_score} aria-label={t('leads.score')} />
      <span>{Math.round(lead.p_score)}</span>
      {trend ? <span className={`trend ${trend}`} title={t(`leads.${trend}`)}><span aria-hidden="true">{trend === 'rising' ? '↗' : '↘'}</span><span className="visually-hidden">{t(`leads.${trend}`)}</span></span> : null}
    </span>
  );
}
function Temperature({ value, t }: { value: string; t: TFunction }) {
  const word = value === 'hot' ? t('leads.hotValue') : value === 'cold' ? t('leads.coldValue') : t('leads.warmValue');
  return <span className={`temperature ${value}`}>{value === 'hot' ? <Icon name="flame" size={13} /> : null}{word}</span>;
}

export function LeadsPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as LeadsSearch;
  const list = useInfiniteQuery(leadsQuery(search));
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const leads = useMemo(() => {
    const seen = new Set<string>();
    return (list.data?.pages ?? []).flatMap((page) => page.leads).filter((lead) => !seen.has(lead.id) && seen.add(lead.id));
  }, [list.data]);
  const columns = useMemo(() => columnsOf(t), [t]);
  const table = useReactTable({ data: leads, columns, getCoreRowModel: getCoreRowModel(), getRowId: (lead) => lead.id, manualSorting: true });
  const rows = table.getRowModel().rows;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => { if (hasNextPage && !isFetchingNextPage && last >= rows.length - 30) void fetchNextPage(); }, [hasNextPage, isFetchingNextPage, last, rows.length, fetchNextPage]);
  const address = JSON.stringify(search);
  useEffect(() => { scroller.current?.scrollTo({ top: 0 }); }, [address]);
  const go = (next: LeadsSearch) => { void navigate({ to: '/leads', search: next, replace: true }); };
  const { isOutdated, beginAnew } = useOutdated(leadsQuery(search).queryKey);
  const order = orderOf(search);
  const first = list.data?.pages[0];
  const isSortable = (id: string): id is SortBy => (sortable as readonly string[]).includes(id);
  return (
    <div className="leads">
      <header className="leads-head">
        <h1>{t('leads.title')}</h1>
        <span className="leads-sum" role="status">{first ? t(first.total_is_capped ? 'leads.totalCapped' : 'leads.total', { count: first.total }) : ''}</span>
        <FreshnessBadge path="/api/leads" />
        <div className="filter-row">
          <Choose compact label={t('leads.filter')} value={search.filter ?? 'all'} onChange={(filter) => go(readLeadsSearch({ ...search, filter }))} choices={filters.map((filter) => ({ id: filter, label: t(`leads.${filter}`) }))} />
          <Choose compact label={t('leads.status')} value={search.status ?? 'any'} onChange={(status) => go(readLeadsSearch({ ...search, status }))} choices={[{ id: 'any', label: t('leads.anyStatus') }, ...leadStatuses.map((status) => ({ id: status, label: t(`leadStatus.${status}`) }))]} />
        </div>
      </header>
      {isOutdated ? <Outdated onPress={beginAnew} /> : null}
      {list.isPending ? <div className="leads-table" role="status" aria-label={t('common.loading')}>{Array.from({ length: 12 }, (_, i) => <div key={i} className="skeleton-line" />)}</div>
        : list.isError && rows.length === 0 ? <Failure text={`${t('leads.failed')} ${explain(list.error, t)}`} onRetry={() => { void list.refetch(); }} />
        : rows.length === 0 ? <Empty title={t('leads.empty')} hint={t('leads.emptyHint')} />
        : (
          <div className="leads-table" ref={scroller} tabIndex={0} role="region" aria-label={t('leads.table')}>
            <table aria-rowcount={hasNextPage ? -1 : rows.length + 1}>
              <thead>
                {table.getHeaderGroups().map((group) => (
                  <tr key={group.id} aria-rowindex={1}>
                    {group.headers.map(({ id, column: { columnDef } }) => (
                      <th key={id} scope="col" className={`col-${id}`} aria-sort={order.by === id ? (order.order === 'asc' ? 'ascending' : 'descending') : undefined}>
                        {isSortable(id) ? <Button className="sort" onPress={() => go(sortedBy(search, id))}>{String(columnDef.header)}{order.by === id ? <Icon name={order.order === 'asc' ? 'up' : 'down'} size={12} /> : null}</Button> : String(columnDef.header)}
                      </th>
                    ))}
                  </tr>
                ))}
              </thead>
              <tbody style={{ height: virtual.getTotalSize() }}>
                {shown.map((place) => {
                  const row = rows[place.index]!;
                  return <tr key={row.id} aria-rowindex={place.index + 2} style={{ transform: `translateY(${place.start}px)` }}>{row.getVisibleCells().map((cell) => <td key={cell.id} className={`col-${cell.column.id}`}>{flexRender(cell.column.columnDef.cell, cell.getContext())}</td>)}</tr>;
                })}
              </tbody>
            </table>
            {isFetchingNextPage ? <p className="more" role="status">{t('common.more')}</p> : null}
          </div>
        )}
    </div>
  );
}
