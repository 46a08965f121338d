"""Scripts that would take long, or much memory, if nothing stopped them. bench/scripts.py measures them."""

ATTACKS = {
    "loop": "while true do end",
    "empty for": "for i=1,1e18 do end",
    "recursion": "local function f() return 1+f() end f()",
    "tail": "local function f() return f() end f()",
    "tables": "local t={} while true do t[#t+1]={} end",
    "concat doubling": "local s='x' while true do s=s..s end",
    "concat big": "local s=('x'):rep(60000) while true do local t=s..s end",
    "concat 80k": "local s=('x'):rep(80000) while true do local t=s..'y' end",
    "many concat": "local s='' while true do s=s..'aaaaaaaaaaaaaaaaaaaa' end",
    "tonumber": "local s=(' '):rep(20000)..'1' while true do local x = tonumber(s) end",
    "compare": (
        "local a=('a'):rep(20000) local b=('a'):rep(20001):sub(2) while true do local x = a<b "
        "local x=a<=b local x=a<b end"
    ),
    "equal": ("local a=('a'):rep(60000) local b=('a'):rep(60001):sub(2) while true do local x = a==b end"),
    "insert front": "local t={} for i=1,500 do t[i]=i end while true do table.insert(t,1,1) end",
    "remove front": "local t=table.pack(('x'):rep(2000):byte(1,-1)) while true do table.remove(t,1) end",
    "insert front big": "local t=table.pack(('x'):rep(2000):byte(1,-1)) while true do table.insert(t,1,1) end",
    "unpack": ("local t=table.pack(('x'):rep(2000):byte(1,-1)) while true do local a=select('#', table.unpack(t)) end"),
    "unpack nil": "while true do table.unpack({},1,2000) end",
    "unpack huge": "table.unpack({},1,1e7)",
    "vararg": (
        "local function f(...) while true do local a,b=... local n=select('#',...) end end "
        "f(('x'):rep(3000):byte(1,-1))"
    ),
    "vararg copies": (
        "local function g(...) end local function f(...) while true do g(...) end end f(('x'):rep(3000):byte(1,-1))"
    ),
    "vararg tables": "local function f(...) while true do local t={...} end end f(('x'):rep(3000):byte(1,-1))",
    "sort": "local t=table.pack(('x'):rep(2000):byte(1,-1)) while true do table.sort(t) end",
    "sort cmp": (
        "local t=table.pack(('x'):rep(2000):byte(1,-1)) while true do table.sort(t, function(a,b) return a>b end) end"
    ),
    "rep": "while true do local s=('x'):rep(1000) end",
    "rep empty": "(''):rep(1e15)",
    "rep big": "while true do local s=('x'):rep(250000) end",
    "upper": "local s=('x'):rep(20000) while true do local t=s:upper() end",
    "reverse": "local s=('x'):rep(20000) while true do local t=s:reverse() end",
    "format": "local s=('x'):rep(20000) while true do local t=string.format('%s%s%s%s',s,s,s,s) end",
    "format wide": ("while true do local t=('%99d'):rep(20):format(1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1) end"),
    "format f": (
        "while true do local t=string.format('%.99f%.99f%.99f%.99f%.99f%.99f',1e308,1e308,1e308,1e308,1e308,1e308) end"
    ),
    "format q": "local s=('\\n'):rep(20000) while true do local t=string.format('%q',s) end",
    "pattern": "local s=('a'):rep(100) while true do s:find('a*a*a*b') end",
    "pattern one": "local s=('a'):rep(30) while true do s:find('a*b') end",
    "pattern 2": "local s=('a'):rep(12) while true do s:find('a-a-b') end",
    "pattern long": "local s=('a'):rep(5000) while true do s:find(('a'):rep(500)..'b') end",
    "pattern set": "local p='['..('b'):rep(200)..']x' local s=('a'):rep(200) while true do s:find(p) end",
    "pattern set rep": "local p='^['..('b'):rep(300)..'a]*x' local s=('a'):rep(200) while true do s:find(p) end",
    "pattern balance": "local s=('('):rep(50) while true do s:find('%b()') end",
    "pattern back": "local s=('a'):rep(30) while true do s:find('(a*)%1b') end",
    "pattern opt": "local s=('a'):rep(5) while true do s:find('a?a?a?b') end",
    "gmatch": "local s=('a'):rep(100) local f=s:gmatch('a*b') while true do f() end",
    "gmatch2": "while true do for w in ('a b c d e f g'):gmatch('%a') do end end",
    "gsub": "local s=('a'):rep(100) while true do s:gsub('a', ('x'):rep(100)) end",
    "gsub fn": "local s=('a'):rep(1000) while true do s:gsub('a', function() return 'b' end) end",
    "gsub rec": "local function f() return (('a'):gsub('a', f)) end f()",
    "plain find": "local s=('a'):rep(4000) local p=('a'):rep(2000)..'b' while true do s:find(p,1,true) end",
    "collide": ("local t={} local n=0 for i=1,1000 do t[i*1024*1023]=1 end while true do local x=t[5*1023*1024] end"),
    "collide 255": (
        "local t={} for i=1,255 do t[i*255]=1 end while true do local x=t[255*255] local "
        "x=t[255*254] local x=t[255*253] local x=t[255*252] end"
    ),
    "collide grow": "local t={} local i=0 while true do i=i+1 t[i*4095*2047]=1 end",
    "floats": "local t={} local i=0.5 while true do i=i*2 t[i]=1 if i>1e300 then i=0.5 end end",
    "holes": ("local t=table.pack(('x'):rep(2000):byte(1,-1)) for i=1,#t do t[i]=nil end while true do pairs(t) end"),
    "holes2": ("local t={} t.a=1 for i=1,300 do t[i]=1 end for i=1,300 do t[i]=nil end while true do pairs(t) end"),
    "pairs": "local t={} for i=1,100 do t[i]=1 end while true do for k,v in pairs(t) do end end",
    "length": "local t=table.pack(('x'):rep(2000):byte(1,-1)) while true do local n=#t end",
    "json": ("local t={} for i=1,200 do t[i]=('x'):rep(50) end while true do util.table_to_json(t) end"),
    "json deep": "local t={} t.t=t util.table_to_json(t)",
    "json wide": ("local t=table.pack(('x'):rep(3000):byte(1,-1)) t.n=nil while true do util.table_to_json(t) end"),
    "json escape": "local s=('\"'):rep(5000) while true do util.table_to_json({s}) end",
    "json shared": "local t={1,2,3,4} for i=1,15 do t={t,t,t,t} end util.table_to_json(t)",
    "split": "local s=(','):rep(5000) while true do util.split(s, ',') end",
    "builder": "while true do transaction.service('limit').consume.count_up_by_user_id({a=1,b=2}) end",
    "table concat": "local t={} for i=1,300 do t[i]=('x'):rep(100) end while true do table.concat(t) end",
    "table concat sep": (
        "local t={} for i=1,300 do t[i]='' end local s=('x'):rep(300) while true do table.concat(t,s) end"
    ),
    "char": "local t={} for i=1,200 do t[i]=65 end while true do string.char(table.unpack(t)) end",
    "byte": "local s=('x'):rep(3000) while true do s:byte(1,-1) end",
    "print": "while true do print(('x'):rep(1000)) end",
    "tostring": "while true do tostring(1.5) end",
    "pow": "while true do local x = 2.5^1.5 end",
    "math": "while true do math.sin(1e22) end",
    "closures": "local f=function() end while true do local a=f f=function() return a end end",
    "upvalues deep": (
        "local function f(n) if n==0 then return end local "
        "a,b,c,d,e,g,h,i,j,k=1,2,3,4,5,6,7,8,9,10 return f(n-1), a end f(1e9)"
    ),
    "goto": "::a:: goto a",
    "locale": "while true do local x = ('a'):upper() < ('b'):upper() end",
    "concat many": (
        "local s=('x'):rep(200) while true do local "
        "t=s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s..s "
        "end"
    ),
    "setlist": (
        "while true do local "
        "t={1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40}"
        " "
        "end"
    ),
}
