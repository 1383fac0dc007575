-- The load of wrk: sends the requests of a plan file in its order, round and round, and prints one line of figures.
--   wrk … -s requests.lua URL -- PLAN
-- PLAN is a Lua file that returns
--   { requests = { { method =, path =, headers = {…}, body = }, … }, order = { 1, 2, 1, … } }
-- Requests are formatted once; while measuring, choosing one costs an index, the same for every rival.

local ready, order, at
local threads = 0

-- Threads start at different places, so that they do not ask for the same user in step.
function setup(thread)
  thread:set("first", threads * 37)
  threads = threads + 1
end

function init(args)
  local plan = assert(loadfile(args[1]))()
  ready, order = {}, plan.order
  for i, request in ipairs(plan.requests) do
    ready[i] = wrk.format(request.method, request.path, request.headers, request.body)
  end
  at = first
end

function request()
  at = at % #order + 1
  return ready[order[at]]
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    "bench-result requests=%d duration_us=%d bytes=%d connect_errors=%d read_errors=%d write_errors=%d timeouts=%d "
      .. "bad_statuses=%d p50_us=%d p99_us=%d\n",
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write, errors.timeout,
    errors.status, latency:percentile(50), latency:percentile(99)))
end
