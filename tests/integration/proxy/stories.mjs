// What clients do through the one address: Supabase's own client, WebSockets, streams both ways; and what Supabase's
// client shows when it is pointed at SalesFlow itself.
// usage: node stories.mjs STORY…; ends with 0 when all of them hold
// ADDRESS: the proxy · SALESFLOW: the service itself · TOKEN: of a user of SalesFlow
import assert from 'node:assert/strict';
import { createClient } from '@supabase/supabase-js';
import ws from 'ws';

const { ADDRESS: address, SALESFLOW: salesflow, TOKEN: token } = process.env;
const options = { auth: { persistSession: false, autoRefreshToken: false }, realtime: { transport: ws } };

async function readsAndWritesThroughTheOneAddress() {
  const supabase = createClient(address, 'anon-key', options);
  const read = await supabase.from('leads').select('id,name').eq('status', 'new');
  assert.equal(read.error, null);
  assert.equal(read.data[0].name, 'Eva');
  assert.equal(read.data[0].seen.service, 'supabase');
  assert.equal(read.data[0].seen.url, '/rest/v1/leads?select=id%2Cname&status=eq.new');
  assert.equal(read.data[0].seen.headers.apikey, 'anon-key');
  const counted = await supabase.from('leads').select('*', { count: 'exact', head: true });
  assert.equal(counted.error, null);
  assert.equal(counted.count, 17);
  const written = await supabase.from('leads').insert({ name: 'Max' }).select();
  assert.equal(written.error, null);
  assert.deepEqual(written.data, [{ id: 2, name: 'Max' }]);
}

async function logsInThroughTheOneAddress() {
  const supabase = createClient(address, 'anon-key', options);
  const refused = await supabase.auth.signInWithPassword({ email: 'anna@example.com', password: 'wrong' });
  assert.equal(refused.error.message, 'Invalid login credentials');
  const { data, error } = await supabase.auth.signInWithPassword({ email: 'anna@example.com', password: 'correct horse' });
  assert.equal(error, null);
  assert.equal(data.user.email, 'anna@example.com');
  const read = await supabase.from('leads').select();
  assert.equal(read.data[0].seen.headers.authorization, 'Bearer a.b.c');
}

async function listensToChangesThroughTheOneAddress() {
  const supabase = createClient(address, 'anon-key', options);
  const channel = supabase.channel('leads', { config: { broadcast: { self: true } } });
  const heard = await new Promise((resolve, reject) => {
    channel.on('broadcast', { event: 'ping' }, ({ payload }) => resolve(payload));
    channel.subscribe(async (status, error) => {
      if (status === 'SUBSCRIBED') await channel.send({ type: 'broadcast', event: 'ping', payload: { n: 1 } });
      else if (status !== 'CLOSED') reject(new Error(`${status} ${error}`));
    });
  });
  assert.equal(heard.n, 1);
  await supabase.removeAllChannels();
}

async function speaksWithAllThreeServicesAtOneAddress() {
  const ours = await fetch(`${address}/api/auth/me`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(ours.status, 200);
  assert.equal((await ours.json()).email, 'anna@example.com');
  const before = await fetch(`${address}/api/objections/library`);
  assert.equal((await before.json()).service, 'before');
  const supabase = createClient(address, 'anon-key', options);
  const called = await supabase.functions.invoke('f', { body: { n: 1 } });
  assert.equal(called.data.service, 'supabase');
  assert.equal(called.data.url, '/functions/v1/f');
  const listed = await supabase.storage.from('files').list();
  assert.equal(listed.data.service, 'supabase');
  assert.equal(listed.data.url, '/storage/v1/object/list/files');
}

async function showsWhereToGoWhenItIsPointedAtSalesFlow() {
  const supabase = createClient(salesflow, 'anon-key', options);
  const shown = /SalesFlow.*https:\/\/crm\.supabase\.co/;
  for (const { error } of [
    await supabase.from('leads').select(),
    await supabase.from('leads').insert({ name: 'Max' }),
    await supabase.from('leads').update({ name: 'Max' }).eq('id', 1),
    await supabase.from('leads').delete().eq('id', 1),
    await supabase.rpc('get_hot_leads'),
    await supabase.auth.signInWithPassword({ email: 'anna@example.com', password: 'correct horse' }),
    await supabase.auth.signUp({ email: 'anna@example.com', password: 'correct horse' }),
    await supabase.storage.from('files').list(),
  ]) {
    assert.match(error.message, shown);
  }
  const called = await supabase.functions.invoke('f');
  assert.match((await called.error.context.json()).message, shown);
}

async function speaksOverWebSocketsWithTheServiceBefore() {
  const socket = new ws(`${address.replace('http', 'ws')}/api/live?room=1`);
  const heard = await new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () => socket.send('hello'));
    socket.on('message', (data) => resolve(JSON.parse(data.toString())));
  });
  socket.close();
  assert.equal(heard.service, 'before');
  assert.equal(heard.url, '/api/live?room=1');
  assert.equal(heard.text, 'hello');
}

// The second event leaves the service only after the first one has arrived here.
async function readsEventsBeforeTheirStreamEnds() {
  for (const [service, prefix] of [['before', '/api/events'], ['supabase', '/functions/v1/events']]) {
    const stream = await fetch(`${address}${prefix}/stream`);
    assert.equal(stream.headers.get('content-type'), 'text/event-stream');
    const reader = stream.body.getReader();
    assert.equal(Buffer.from((await reader.read()).value).toString(), 'data: first\n\n', service);
    await fetch(`${address}${prefix}/go-on`);
    assert.equal(Buffer.from((await reader.read()).value).toString(), 'data: second\n\n', service);
    assert.equal((await reader.read()).done, true);
  }
}

// The service has the first bytes of a body before the client has sent the last.
async function sendsABodyAsItComes() {
  let finish;
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(Buffer.from('first'));
      finish = () => {
        controller.enqueue(Buffer.from(' last'));
        controller.close();
      };
    },
  });
  const sent = fetch(`${address}/api/uploads`, { method: 'POST', body, duplex: 'half' });
  let seen = 0;
  while (seen === 0) seen = (await (await fetch(`${address}/api/seen`)).json()).bytesOfOpenBody;
  assert.equal(seen, 5);
  finish();
  assert.equal((await (await sent).json()).body, 'first last');
}

const stories = {
  readsAndWritesThroughTheOneAddress,
  logsInThroughTheOneAddress,
  listensToChangesThroughTheOneAddress,
  speaksWithAllThreeServicesAtOneAddress,
  showsWhereToGoWhenItIsPointedAtSalesFlow,
  speaksOverWebSocketsWithTheServiceBefore,
  readsEventsBeforeTheirStreamEnds,
  sendsABodyAsItComes,
};
for (const name of process.argv.slice(2)) {
  try {
    await stories[name]();
  } catch (error) {
    console.error(`${name}:`, error);
    process.exitCode = 1;
  }
}
process.exit();
