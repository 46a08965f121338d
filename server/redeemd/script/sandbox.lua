-- The environment of scripts. It is executed once per Lua state, with the limits as arguments, and returns `run`.
-- What a script can reach is in GLOBALS; everything else is local to this file. Why each limit suffices: bounds.py.
local STEPS, BYTES, DEPTH, WEIGHT, EVERY = ...

local char, find, format, gmatch, gsub, match = string.char, string.find, string.format, string.gmatch, string.gsub, string.match
local byte, rep, sort, sub, unpack, upper = string.byte, string.rep, table.sort, string.sub, table.unpack, string.upper
local concat, pack, random, randomseed, tointeger = table.concat, table.pack, math.random, math.randomseed, math.tointeger
local collect, error, getinfo, load, next, pairs, pcall = collectgarbage, error, debug.getinfo, load, next, pairs, pcall
local rawget, select, sethook, setmetatable, tostring, type = rawget, select, debug.sethook, setmetatable, tostring, type
local huge, log = math.huge, math.log
local create, resume = coroutine.create, coroutine.resume

-- The state of the current run.
local spent, base, longest, now = 0, 0, 0, 0
local actions, problem, refusal, lines
local witness = setmetatable({}, { __mode = "v" }) -- loses its value in a collection of garbage

-- End the run. A script cannot catch errors, so nothing of it has to be watched from here on.
local function stop(limit)
  sethook()
  problem = problem or limit
  error(limit, 0)
end

local function charge(steps)
  spent = spent + steps
  if not (spent <= STEPS) then stop("steps") end
end

-- Called after every EVERY instructions. It counts them anew at its end, because its own are counted too.
local watch
function watch()
  local held = (collect("count") - base) * 1024
  if held > BYTES or not witness[1] then stop("memory") end -- Lua collects during a run if it is out of memory
  if getinfo(DEPTH, "l") then stop("nesting") end
  charge(EVERY * (1 + (held + longest) / WEIGHT))
  sethook(watch, "", EVERY)
end

-- Do work that charges what it costs, without counting its instructions and what it allocates.
local function apart(work, ...)
  sethook()
  local before = collect("count")
  local value = work(...)
  base = base + collect("count") - before
  sethook(watch, "", EVERY)
  return value
end

local function locked(members)
  local function refuse() error("this table cannot be changed", 2) end
  return setmetatable({}, { __index = members, __newindex = refuse, __metatable = false })
end

-- JSON. An empty table is an object if it is the whole value, and a list inside another one.

local ESCAPES = { ['"'] = '\\"', ["\\"] = "\\\\", ["\127"] = "\\u007f" }
for code = 0, 31 do ESCAPES[char(code)] = format("\\u%04x", code) end

local function quoted(text) return '"' .. gsub(text, '[%c"\\]', ESCAPES) .. '"' end

local write

local function write_members(value, depth, out)
  local names = {}
  for name in next, value do
    if type(name) ~= "string" then error("a table has names that are neither 1, 2, 3, ... nor texts", 0) end
    charge(4)
    names[#names + 1] = name
  end
  sort(names)
  out[#out + 1] = "{"
  for index = 1, #names do
    out[#out + 1] = index == 1 and quoted(names[index]) or "," .. quoted(names[index])
    out[#out + 1] = ":"
    write(value[names[index]], depth, out)
  end
  out[#out + 1] = "}"
end

local function write_list(value, depth, out)
  local count = #value
  for _ in next, value do count = count - 1 end
  if count ~= 0 then error("a table has names that are neither 1, 2, 3, ... nor texts", 0) end
  out[#out + 1] = "["
  for index = 1, #value do
    if index > 1 then out[#out + 1] = "," end
    write(value[index], depth, out)
  end
  out[#out + 1] = "]"
end

local function number_text(value)
  local whole = tointeger(value)
  if whole then return format("%d", whole) end
  if value ~= value or value == huge or value == -huge then error("JSON has no number " .. value, 0) end
  return format("%.17g", value)
end

function write(value, depth, out)
  local kind = type(value)
  charge(kind == "string" and 8 + #value / 2 or 8)
  if kind == "table" then
    if depth > 20 then stop("nesting") end
    if value[1] ~= nil then return write_list(value, depth + 1, out) end
    if next(value) ~= nil or depth == 0 then return write_members(value, depth + 1, out) end
    out[#out + 1] = "[]"
  elseif kind == "string" then
    out[#out + 1] = quoted(value)
  elseif kind == "number" then
    out[#out + 1] = number_text(value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "true" or "false"
  else
    error("JSON has no value for a " .. kind, 0)
  end
end

local function written(value)
  local out = {}
  write(value, 0, out)
  return concat(out)
end

local function to_json(value) return apart(written, value) end

-- Functions of the language whose time or result is not bounded by the instructions that call them.

-- Charge the worst case of a pattern: it can try every length of every repetition at every position.
local function charge_pattern(text, pattern)
  local _, repeats = gsub(pattern, "[*+?-]", "")
  local _, scans = gsub(pattern, "%%[b%d]", "")
  local starts = byte(pattern) == 94 and 0 or 1
  charge(#pattern * (#text + 1) ^ (repeats + scans + starts) / 4)
end

local String = {
  byte = function(text, first, last)
    charge(#text / 4)
    return byte(text, first, last)
  end,
  char = function(...)
    local text = char(...)
    if find(text, "\0", 1, true) then error("texts cannot have the character 0", 2) end
    return text
  end,
  find = function(text, pattern, first, plain)
    if plain then charge(#text * #pattern / 64) else charge_pattern(text, pattern) end
    return find(text, pattern, first, plain)
  end,
  format = function(form, ...)
    charge(#form / 4)
    if find(gsub(form, "%%%%", ""), "%%[^%a]*[cp]") then error("%c and %p are not available", 2) end
    local values = pack(...)
    for index = 1, values.n do
      local kind = type(values[index])
      if kind == "table" or kind == "function" then error("a " .. kind .. " has no text", 2) end
    end
    return format(form, ...)
  end,
  gmatch = function(text, pattern)
    charge_pattern(text, pattern)
    local following, done = gmatch(text, pattern), false
    local function pass(...)
      done = select("#", ...) == 0 or (...) == nil
      return ...
    end
    return function()
      if not done then return pass(following()) end
    end
  end,
  gsub = function(text, pattern, by, most)
    charge_pattern(text, pattern)
    if type(by) == "string" then charge((#text + 1) * #by / 64) end
    return gsub(text, pattern, by, most)
  end,
  len = string.len,
  lower = string.lower,
  match = function(text, pattern, first)
    charge_pattern(text, pattern)
    return match(text, pattern, first)
  end,
  rep = function(text, times, between)
    local size = (#text + #(between or "")) * times
    if times > BYTES or size > BYTES then stop("memory") end
    if times > 0 then charge(times / 8 + size / 64) end
    return rep(text, times, between)
  end,
  reverse = string.reverse,
  sub = sub,
  upper = upper,
}

local Table = {
  concat = concat,
  insert = table.insert,
  pack = pack,
  remove = table.remove,
  sort = function(list, before)
    local count = #list
    if count > 1 then charge(2 * count * log(count, 2)) end
    sort(list, before)
  end,
  unpack = function(list, first, last)
    first, last = first or 1, last or #list
    if last >= first then charge(last - first + 1) end
    return unpack(list, first, last)
  end,
}

local Math = {}
for name, member in pairs(math) do Math[name] = member end
Math.randomseed = nil

local function tell(value)
  local kind = type(value)
  return (kind == "table" or kind == "function") and kind or tostring(value)
end

-- Cut a text to 256 bytes, before the character that would be cut in two.
local function cut(text)
  local last = 256
  while last > 252 and (byte(text, last + 1) or 0) & 0xC0 == 0x80 do last = last - 1 end
  return sub(text, 1, last)
end

-- Return the names of a table: numbers in ascending order, then texts, so that nothing depends on the state of Lua.
local function ordered_names(members)
  local names, texts = {}, {}
  for name in next, members do
    local kind = type(name)
    charge(8)
    if kind == "number" then
      names[#names + 1] = name
    elseif kind == "string" then
      texts[#texts + 1] = name
    else
      error("pairs visits names that are numbers or texts, not a " .. kind, 0)
    end
  end
  sort(names)
  sort(texts)
  for index = 1, #texts do names[#names + 1] = texts[index] end
  return names
end

local function ordered(members)
  if type(members) ~= "table" then error("a table is expected, not a " .. type(members), 2) end
  local names, index = apart(ordered_names, members), 0
  return function()
    local name, value
    repeat
      index = index + 1
      name = names[index]
      if name == nil then return nil end
      value = members[name]
    until value ~= nil
    return name, value
  end
end

-- transaction.service("limit").consume.count_up_by_user_id({...})

local ACTIONS_MAX = 100

local function add(kind, service, method, request)
  local rest = gsub(gsub(method, "^%l", upper), "_(%w)", upper)
  local name = "Gs2" .. gsub(service, "^%l", upper) .. ":" .. gsub(rest, "_", "")
  local count, text = #actions, written(request)
  if count >= 3 * ACTIONS_MAX then error("a script adds at most " .. ACTIONS_MAX .. " actions", 0) end
  charge(50)
  actions[count + 1], actions[count + 2], actions[count + 3] = kind, name, text
  return { action = name, request = text }
end

local KINDS = { verify = true, consume = true, acquire = true }

local function add_method(builder, method)
  local kind, service = rawget(builder, 1), rawget(builder, 2)
  if not KINDS[kind] or type(service) ~= "string" or type(method) ~= "string" or #method > 128 then error("an action has a name of at most 128 characters", 2) end
  return function(request)
    if request == nil then request = {} end
    if type(request) ~= "table" then error("the request of an action is a table", 2) end
    return apart(add, kind, service, method, request)
  end
end

local BUILDER = { __index = add_method, __metatable = false }

local function service(name)
  if type(name) ~= "string" or #name > 64 then error("a service has a name of at most 64 characters", 2) end
  return {
    verify = setmetatable({ "verify", name }, BUILDER),
    consume = setmetatable({ "consume", name }, BUILDER),
    acquire = setmetatable({ "acquire", name }, BUILDER),
  }
end

local function parts(text, separator)
  local found, from = {}, 1
  while separator ~= "" do
    local first, last = find(text, separator, from, true)
    if not first then break end
    charge(4)
    found[#found + 1] = sub(text, from, first - 1)
    from = last + 1
  end
  found[#found + 1] = sub(text, from)
  return found
end

local function split(text, separator)
  charge(#text * (#separator + 1) / 16)
  return { isError = false, statusCode = 200, result = apart(parts, text, separator) }
end

local function fail(status, message)
  refusal = { tell(status), tell(message) }
  error("fail", 0)
end

local function show(...)
  if not lines then return end
  local values = pack(...)
  for index = 1, values.n do values[index] = tell(values[index]) end
  lines[#lines + 1] = concat(values, "\t")
end

local GLOBALS = {
  assert = assert,
  error = error,
  fail = fail,
  ipairs = ipairs,
  math = locked(Math),
  os = locked({ time = function() return now end }),
  pairs = ordered,
  print = show,
  select = select,
  string = locked(String),
  table = locked(Table),
  tonumber = tonumber,
  tostring = tell,
  transaction = locked({ service = service }),
  type = type,
  util = locked({
    split = split,
    table_to_json = function(value) return { isError = false, statusCode = 200, result = to_json(value) } end,
  }),
}
local ENVIRONMENT = { __index = GLOBALS, __metatable = false }

-- Methods of texts are those of String; texts are no operands of arithmetic.
local texts = getmetatable("")
for name in next, texts do texts[name] = nil end
texts.__index, texts.__metatable = String, false

local globals = _G
for name in next, globals do globals[name] = nil end
collect("incremental", 120, 400)
collect("stop") -- memory in use then only grows during a run; `run` pays for the collection after each

-- Collect as much garbage as must have become of so many KiB. Lua itself, told to stop, does not count them.
local function pay(allocated) collect("step", 4 + (allocated > 0 and allocated // 1 or 0)) end

-- Compile a literal; return a function that returns a new value of it.
local function compile_literal(text)
  local made = load(text, "=arguments", "t", {})
  pay(#text // 256)
  return made
end

-- Make room for the calls of most scripts.
local function widen(calls) return calls == 0 and select("#", unpack({}, 1, 200)) or 1 + widen(calls - 1) end

-- Call a script under watch, in a thread of its own: whatever ran before, its stack has the same size, so that a script
-- takes the same steps each time. The watch may still stop this function after the script failed, but not its caller.
local function watched(script, scope)
  widen(10)
  sethook(watch, "", EVERY)
  base = collect("count")
  local done, message = pcall(script, scope)
  sethook()
  return done, message
end

-- Run a compiled script with arguments: those that `constant` returns, and `others`. Return what became of it, of which
-- the result is left out with `ignoring`.
local function run(script, constant, others, longest_text, seed, second_seed, time, printing, ignoring)
  sethook()
  local before = collect("count")
  local args = constant and constant() or {}
  for name, value in next, others do args[name] = value end
  actions, problem, refusal, lines = {}, nil, nil, printing and {} or nil
  spent, longest, now = 0, longest_text, time
  randomseed(seed, second_seed)
  witness[1] = {}
  local scope = setmetatable({ args = args }, ENVIRONMENT)
  local ended, done, message = resume(create(watched), script, scope)
  if not ended then done, message = false, done end
  local after = collect("count")
  local held = (after - base) * 1024
  pay(after - before)
  local shown = lines and concat(lines, "\n")
  if message == "not enough memory" then problem = "memory" end
  if not done and problem then return "limit", shown, spent, held, problem end
  if not done and refusal then return "refused", shown, spent, held, cut(refusal[1]), cut(refusal[2]) end
  if not done then return "error", shown, spent, held, cut(tell(message)) end
  local result = ignoring and {} or scope.result
  if type(result) ~= "table" then return "result", shown, spent, held, type(result) end
  return "done", shown, spent, held, result.permit, result.rateMode, result.rate, result.logRate, result.cost,
    result.logCost, unpack(actions)
end

return run, compile_literal
