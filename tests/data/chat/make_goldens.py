#!/usr/bin/env python3
"""Writes goldens.json: small templates with what jinja2, set up as transformers sets it up, makes of
them. An entry is [template, text], or [template, null] where Python fails.

./make_goldens.py  (needs jinja2 3.1.6; also writes corpus/, the fuzzer's first inputs)"""
import hashlib
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "engine" / "chat"))
import render_oracle  # noqa: E402

VARIABLES = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Hello, wörld 😀"},
        {"role": "assistant", "content": None, "n": 3},
    ],
    "extra": {
        "s": "Hello World",
        "u": "Größe 😀 ΣΑΣ",
        "blanks": "  \t padded \n ",
        "lines": "one\ntwo\n\nthree",
        "n": 7,
        "neg": -7,
        "f": 2.5,
        "big": 1e22,
        "tiny": 1e-7,
        "t": True,
        "nothing": None,
        "l": [3, 1, 2],
        "words": ["pear", "Apple", "fig", "apple"],
        "empty": [],
        "d": {"b": 1, "a": "x", "C": [1, 2, {"k": None}], "items": "shadow"},
        "rows": [
            {"name": "Ann", "age": 30, "tag": {"v": 1}},
            {"name": "bob", "age": 25, "tag": {"v": 2}},
            {"name": "Cid", "age": 30},
        ],
        "tree": [{"n": 1, "kids": [{"n": 2, "kids": []}, {"n": 3, "kids": [{"n": 4, "kids": []}]}]}],
        "html": "<b>\"Tom\" & 'Jerry'</b>",
    },
}

EXPRESSIONS = """
1 + 2 * 3
(1 + 2) * 3
7 // 2
neg // 2
neg % 3
7 % -3
-7 // -2
7 / 2
6 / 3
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
7.5 // 2
-7.5 // 2
-7.5 % 2
7.5 % -2
1 / 0
1 % 0
1.0 // 0
1e3
1.5e-10
1_000
0x1F
0b101
0o17
1e16
123456789012345678.0
0.1 + 0.2
big
tiny
1e15
1e22 // 7
100000 * 100000
true + true
not true
+true
-true
1 == 1.0
1 == true
"1" == 1
[1, 2] == [1, 2]
(1, 2) == [1, 2]
{"a": 1, "b": 2} == {"b": 2, "a": 1}
1 < 2 < 3
1 < 3 < 2
"a" < "b"
"a" < 1
[1, 2] < [1, 3]
(1, "x") < (1, "y")
none == none
none < 1
nope == nope2
nope is defined
nope
nope.x
nope + 1
"x" ~ nope ~ 1 ~ none ~ 1.0 ~ true ~ [1, "a"] ~ {"k": "v"}
"a" + "b"
"a" + 1
"a" * 3
3 * "ab"
"a" * -1
[1] * 2
[1] + [2]
(1,) + (2,)
[1] + (2,)
1 in l
9 in l
9 not in l
"World" in s
"x" in nope
1 in 1
1 in "abc"
"b" in d
"zz" in d
none in [none]
1 in range(3)
s[0]
s[-1]
s[99]
s[1:4]
s[:-3]
s[::-1]
s[::2]
s[-3:]
s[5:2]
s[3:0:-1]
u[0]
u[6]
u[2:8]
u[::-1]
u | length
l[0]
l[-1]
l[5]
l[1:]
l[::-1]
l[0:3:2]
l["x"]
l[true]
l[1:2][0]
(1, 2, 3)[1:]
range(10)[2:8:3] | list
range(5)[-1]
d["b"]
d.b
d["zz"]
d.zz
d.zz.y
d.zz is defined
d.C[2].k
d.items
d["items"]
d.items()
d.keys()
d.values() | list
d.get("b")
d.get("zz")
d.get("zz", 5)
d.update({"x": 1})
d.pop("b")
l.append(4)
l.append
l.sort()
l.index(2)
l.count(1)
d.copy()
d | length
none | length
5 | length
nope | length
s | length
none.x
none.x.y
none["x"]
5 .x
5[0]
n.bit_length()
f.is_integer()
s.upper()
s.lower()
s.swapcase()
"hello wOrld's 3rd".title()
"hELLO".capitalize()
u.upper()
u.lower()
u.title()
u.capitalize()
"ß".upper()
"ŉx".title()
"ǆ".title()
"İ".lower()
"ΑΣ ΑΣΑ Σ".lower()
"straße".isupper()
"ABC".isupper()
"abc1".islower()
"1".islower()
"Hello World".istitle()
"Hello world".istitle()
"abc".isalpha()
"abc1".isalpha()
"abc1".isalnum()
"".isalpha()
"123".isdigit()
"²".isdigit()
"²".isdecimal()
"½".isnumeric()
"٣".isdecimal()
" \\t".isspace()
"".isspace()
"a_1".isidentifier()
"1a".isidentifier()
"abc".isascii()
"é".isascii()
"a\\nb".isprintable()
blanks.strip()
blanks.lstrip()
blanks.rstrip()
"xxabcxx".strip("x")
"xyabcyx".strip("xy")
"éaé".strip("é")
"xxabcxx".lstrip("x")
"xxabcxx".rstrip("x")
"a,b,,c".split(",")
"a,b,,c".split(",", 1)
"a,b,,c".rsplit(",", 1)
"a,b".split(sep=",", maxsplit=1)
" a  b c ".split()
" a  b c ".split(none, 1)
" a  b c ".rsplit(none, 1)
" a  b c ".rsplit()
"abc".split("")
"".split()
"".split(",")
lines.splitlines()
"a\\r\\nb\\x0bc\\x85d".splitlines()
"a\\nb\\n".splitlines(true)
"a=b=c".partition("=")
"a=b=c".rpartition("=")
"abc".partition("x")
"abc".rpartition("x")
"aXbXc".replace("X", "--")
"aXbXc".replace("X", "-", 1)
"abc".replace("", "-")
"äb".replace("", "-", 2)
"abcabc".find("c")
"abcabc".rfind("c")
"abcabc".find("c", 3)
"abcabc".find("z")
"äöäö".find("ö", 2)
"abc".index("z")
"abcabc".count("bc")
"abc".count("")
"abc".startswith("ab")
"abc".startswith(("x", "ab"))
"abc".startswith("b", 1)
"abc".endswith("bc")
"abc".endswith(["bc"])
"-".join(["a", "b"])
"-".join([1])
"-".join("abc")
"abc".center(8, "*")
"abc".center(7)
"abcd".center(7, "-")
"abc".ljust(5, ".") ~ "|"
"abc".rjust(5)
"42".zfill(5)
"-42".zfill(5)
"prefix-x".removeprefix("prefix-")
"x.txt".removesuffix(".txt")
"a\\tb".expandtabs(4)
"{} {}".format(1, "a")
"{1} {0}".format(1, "a")
"{0} {}".format(1, 2)
"{a} {b}".format(a=1, b="x")
"{:>5}|{:<5}|{:^5}".format(1, "a", "b")
"{:05d}".format(-42)
"{:+d}".format(42)
"{:,}".format(1234567)
"{:_}".format(1234567)
"{:.2f}".format(3.14159)
"{:10.3f}|".format(3.14159)
"{:e}".format(12345.678)
"{:g}".format(0.00001234)
"{:%}".format(0.25)
"{:.1%}".format(0.256)
"{:x} {:X} {:#x} {:b} {:o}".format(255, 255, 255, 5, 8)
"{:*^9}".format("mid")
"{:.2}".format("abcdef")
"{!r}".format("a'b")
"{0[a]} {1.b}".format(d, d)
"{{}} {}".format(1)
"{:{}}".format("a", 5) ~ "|"
"{".format()
"}".format()
"{}".format()
"{x}".format()
"{:d}".format("a")
"{:s}".format(1)
"{}".format(none)
"{:5}".format(true)
"{:.3}".format(2.0)
"{:.3}".format(12345.678)
"%s and %s" % ("a", 1)
"%s" % "a"
"%d items" % 3
"%5d|%-5d|%05d" % (42, 42, 42)
"%.2f" % 3.14159
"%+d % d" % (5, 5)
"%x %X %o %#x" % (255, 255, 8, 255)
"%e" % 12345.678
"%g" % 1e-05
"%c%c" % (65, "b")
"%r %a" % ("é", "é")
"%%"  % ()
"%(a)s %(b)d" % d
"%s" % [1, 2]
"%s %s" % ("a",)
"%s" % ("a", "b")
"%d" % "a"
"%q" % 1
"%5.1f|" % 2.25
"%s" % none
"%s" % nope
1 if true
1 if false
(1 if false) is defined
"a" if nope else "b"
1 if false else 2 if false else 3
nope or "x"
0 or none
1 and 2
[] and 1
not []
nope is undefined
nope is none
none is none
1 is number
1.5 is float
1 is integer
true is integer
true is number
true is boolean
1 is boolean
"a" is string
l is sequence
s is sequence
d is sequence
d is mapping
l is mapping
l is iterable
1 is iterable
nope is iterable
nope is sequence
range(3) is sequence
d.items() is iterable
d.items() is sequence
(l | map("string")) is iterable
(l | map("string")) is sequence
true is true
1 is true
false is false
0 is false
3 is odd
4 is even
9 is divisibleby 3
9 is divisibleby(2)
1.5 is odd
"a" is odd
1 is eq 1
1 is equalto(1)
1 is ne 2
1 is lt 2
2 is gt 1
1 is le 1
1 is ge 2
1 is sameas true
none is sameas none
1 is in [1, 2]
"abc" is lower
"ABC" is upper
"trim" is filter
"nix" is filter
"odd" is test
"==" is test
range is callable
s is callable
1 is not none
1 is not number
s is escaped
s | safe is escaped
s is nosuch
s | nosuch
s | upper | lower | title
"foo-bar (baz) [qux] a's" | title
s | trim
"xxaxx" | trim("x")
5 | trim
blanks | trim ~ "|"
s | replace("o", "0")
s | replace("o", "0", 1)
55 | replace(5, 6)
s | capitalize
s | center(15) ~ "|"
s | first
s | last
l | first
l | last
empty | first
empty | last
empty | first is defined
d | first
d | last
l | join
l | join(", ")
rows | join(",", attribute="name")
"abc" | join("-")
5 | join
l | sum
rows | sum(attribute="age")
rows | sum("age", 100)
words | sum
l | min
l | max
words | min
words | max
words | max(true)
rows | max(attribute="age")
empty | max
l | sort
l | sort(reverse=true)
words | sort
words | sort(case_sensitive=true)
rows | sort(attribute="age") | map(attribute="name") | list
rows | sort(attribute="age,name", reverse=true) | map(attribute="name") | list
[1, "a"] | sort
d | dictsort
d | dictsort(true)
{"b": 1, "a": 2} | dictsort(false, "value")
{"b": 1, "a": 2} | dictsort(reverse=true)
words | unique | list
words | unique(true) | list
[1, 1.0, true, 2] | unique | list
[[1]] | unique | list
l | reverse | list
s | reverse
u | reverse
d | list
s | list
5 | list
l | map("string") | list
words | map("upper") | join(" ")
words | map("replace", "p", "b") | list
rows | map(attribute="name") | list
rows | map(attribute="tag.v") | list
rows | map(attribute="tag.v", default=0) | list
rows | map(attribute="zz", default="-") | list
words | map | list
words | map("nosuch") | list
words | map("nosuch") is defined
l | select("odd") | list
l | select("gt", 1) | list
[0, 1, "", "a"] | select | list
l | reject("odd") | list
rows | selectattr("tag") | map(attribute="name") | list
rows | selectattr("age", "eq", 30) | map(attribute="name") | list
rows | selectattr("age", "equalto", 25) | list | length
rows | rejectattr("age", "gt", 26) | map(attribute="name") | list
rows | selectattr("age", "gt", 26) | length
rows | selectattr("zz") | first is defined
"x" if rows | selectattr("zz") else "y"
"x" if rows | selectattr("zz") | list else "y"
rows | groupby("age") | length
rows | groupby("age") | map("first") | list
words | groupby(0) | list
l | batch(2) | list
l | batch(2, "x") | list
range(7) | slice(3) | list
range(7) | slice(3, "x") | list
nope | default("d")
none | default("d")
none | default("d", true)
"" | d("x", boolean=true)
"5" | int
"5.9" | int
"x" | int
"x" | int(-1)
"ff" | int(0, 16)
"0x1f" | int(base=16)
" 12 " | int
"1_000" | int
5.9 | int
-5.9 | int
none | int
nope | int
"1.5" | float
"x" | float
"inf" | float
"nan" | float
"1e5" | float
"-0" | float
3 | float
none | float(2)
2.5 | round
3.5 | round
2.675 | round(2)
2.1 | round(1, "ceil")
2.19 | round(1, "floor")
7 | round
1234.5 | round(-2)
-5 | abs
-5.5 | abs
"x" | abs
1 | string ~ 2
lines | indent
lines | indent(2, true)
lines | indent(2, blank=true)
lines | indent("> ", first=true)
"a\\n" | indent
5 | indent
"foo bar baz qux" | truncate(9)
"foo bar baz qux" | truncate(9, true)
"foo bar baz qux" | truncate(11)
"foo bar baz qux" | truncate(11, false, "...", 0)
"foo bar baz qux" | truncate(2)
"one two, three_four 5" | wordcount
u | wordcount
"a b&c/ä" | urlencode
{"a b": "c&d", "e": 1} | urlencode
html | e
html | escape | upper
html | safe
html | forceescape
"<" ~ (html | safe)
"<" + ("x" | safe)
("x" | safe) + "<"
("%s" | safe) % "<b>"
("{}" | safe).format("<b>")
("a" | safe) | string is escaped
"<p>Hello <b>you</b>\\n there</p><!-- x -->" | striptags
{"class": "a", "id": 5, "no": none} | xmlattr
1000 | filesizeformat
1 | filesizeformat
1536000 | filesizeformat
1536000 | filesizeformat(true)
"%s-%s" | format(1, 2)
"%(x)s" | format(x=1)
d | attr("items") is defined
d | attr("b") is defined
d | items | list
nope | items | list
5 | items | list
l | tojson
d | tojson
d | tojson(indent=2)
d | tojson(indent=0)
d | tojson(indent="--")
[] | tojson(indent=2)
{} | tojson(indent=2)
[[], {}] | tojson(indent=1)
d | tojson(separators=(",", ":"))
d | tojson(sort_keys=true)
u | tojson
u | tojson(ensure_ascii=true)
u | tojson(true)
"\\"\\\\/\\n\\r\\t\\x08\\x0c\\x01\\x7f\\u2028" | tojson
[1.0, 1e22, -0.0, 1e-7, true, none] | tojson
("inf" | float) | tojson
{1: 2, true: 3, none: 4, 1.5: 5} | tojson
{(1, 2): 3} | tojson
(1, 2) | tojson
nope | tojson
range(3) | tojson
range | tojson
html | tojson
{"b": {"d": 1, "c": 2}, "a": 0} | tojson(indent=4, sort_keys=true)
["it's", 'say "hi"', "both ' and \\"", "\\n\\t\\\\", "é😀\\u200b\\xa0\\x00"]
[none, true, 1, 1.0, (), (1,), {}, [], nope]
{"a": {"b": [1, (2, 3)]}}
range(5)
range(1, 10, 3)
range(5, 0, -2) | list
range(0)
range(1, 2, 0)
range(100001)
range(99999) | length
range("a")
dict(a=1, b=2)
dict([("a", 1), ("b", 2)])
dict({"a": 1}, b=2)
dict(1)
namespace(a=1)
namespace(a=1).a
namespace(a=1).b
namespace(_a=1)
strftime_now("%Y-%m-%d %H:%M:%S")
strftime_now("%d %b %Y, %A, %B, %-d, %e, %j, %I %p, %y")
strftime_now("%a %U %W %V %u %w %% %F %T %D")
raise_exception("stop: " ~ n)
raise_exception
[1, 2, 3,]
{"a": 1,}
(1,)
()
1,2
"a" "b" 'c'
'single \\'quoted\\''
"tab\\tnl\\nx\\x41u\\u00e9U\\U0001F600o\\101"
"unknown \\q escape"
true and none
True, False, None, none, true
1 if 2 else
[1
1 +
"abc
.5
5.
1.2.3
"x".nosuch()
s()
5()
nope()
none()
range(1, 2, 3, 4)
s.upper(1)
s.split(bad=1)
d.get()
messages[0].role ~ messages[-1].n
messages | map(attribute="role") | join(",")
messages[2].content is none
messages[0]["content"][3:]
"%s" % (1,)
"%s %s" % (1, (2, 3))
d.__class__
s.__class__.__mro__
"a" is string and 1 is number
not "a" is number
1 is number == true
-1 | abs
-n ** 2
n | string | length
"a" ~ 1 + 1
1 + 1 ~ "a"
2 * "a" ~ "b"
"%d" % 3.99
[] | sum
"" | length
l is in [[3, 1, 2]]
{"a": 1}["a"]
{"a": 1}.a
[1, 2][-3]
"abc"["1"]
"abc".1
l.0
s.0.upper()
"9" > "10"
1.0 is integer
1 != 1.0
[1, [2, [3]]] | string
"\\\\n"
("a", "b") | join
{"x": 1} | join
(l, d) | length
l == l[:]
0.1 * 3
1e100
1.0
100.0
1e5
12345678.9
5e-324
1.7976931348623157e308
-0.0
0.00001
0.0001
"é" < "z"
"a" < "B"
"a b" | urlencode | upper
"x" in "xyz" and "y" not in "abc"
d.C | length > 2
(d | dictsort | first)[0]
rows[0].tag.v + rows[1]["tag"]["v"]
caller
loop
varargs
""".strip().split("\n")

TEMPLATES = [
    "",
    "plain",
    "plain\n",
    "plain\n\n",
    "a\r\nb\rc\n",
    "{# comment #}x",
    "a\n  {# comment #}\nb",
    "a {#- c -#} b",
    "a\n{#- c +#}\nb",
    "{# never closed",
    "{{ 1",
    "{% if",
    "{{ }}",
    "{% %}",
    "{%",
    "{{",
    "{",
    "{ {% if 1 %}x{% endif %} }",
    "  {% if true %}\n  x\n  {% endif %}\n  y\n",
    "  {%+ if true %}\n  x\n  {%+ endif %}\n y",
    "{% if true +%}\nx{% endif %}",
    "a  {%- if true -%}  x  {%- endif -%}  b",
    "a \n {{- 1 -}} \n b",
    "a {{ 1 }} b\n{{ 2 }}\nc",
    "{%- set x = 1 -%}\n\n{{ x }}\n",
    "\n\n{% set x = 1 %}\n\n{{ x }}",
    "x{% set y = 1 %}  \n z",
    "{{ '}}' }}",
    "{{ '{%' }}",
    "{{ {'a': {'b': 1}}.a.b }}",
    "{{ {'a':{}}}}",
    "{{-1}}",
    "{{ - 1}}",
    "{{+1}}",
    "{% raw %}{{ x }} {% if %}{% endraw %}",
    "a {%- raw -%} {{ x }} {%- endraw -%} b",
    "a\n  {% raw %}\n  {{ x }}\n  {% endraw %}\nb",
    "{% raw %}never closed",
    "{{ 'a\\\nb' }}",
    "{% if n == 7 %}a{% elif n == 8 %}b{% else %}c{% endif %}",
    "{% if n == 8 %}a{% elif n == 7 %}b{% else %}c{% endif %}",
    "{% if none %}a{% elif 0 %}b{% else %}c{% endif %}",
    "{% if true: %}x{% endif %}",
    "{% if 1, 0 %}x{% endif %}",
    "{% if true %}x",
    "{% if true %}x{% endfor %}",
    "{% endif %}",
    "{% nosuch %}",
    "{% do 1 %}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% print 1, 'a' %}",
    "{% for x in l %}{{ x }},{% endfor %}",
    "{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }};{% endfor %}",
    "{% for x in l %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in l %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in l %}{{ loop.cycle('a', 'b') }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}",
    "{% for x in l %}{{ loop.depth }}{{ loop.depth0 }}{{ loop.nosuch }}{% endfor %}",
    "{% for x in l %}{{ loop }}{% endfor %}",
    "{% for x in empty %}x{% else %}none{% endfor %}",
    "{% for x in nope %}x{% else %}none{% endfor %}",
    "{% for x in none %}x{% endfor %}",
    "{% for x in 5 %}x{% endfor %}",
    "{% for x in s %}{{ x }}.{% endfor %}",
    "{% for x in u %}{{ x }}.{% endfor %}",
    "{% for k in d %}{{ k }}{% endfor %}",
    "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d | dictsort %}{{ k }}={{ v }};{% endfor %}",
    "{% for k, v in d %}{{ k }}{% endfor %}",
    "{% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %}",
    "{% for a, b in [(1, 2, 3)] %}{{ a }}{% endfor %}",
    "{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}",
    "{% for x in l if x > 1 %}{{ loop.index }}:{{ x }}/{{ loop.length }}{% if not loop.last %}, {% endif %}{% endfor %}",
    "{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in range(5) %}{% if x == 1 %}{% continue %}{% endif %}{% if x == 3 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in l %}{% continue %}{% else %}else{% endfor %}",
    "{% for x in l %}{% break %}{% else %}else{% endfor %}",
    "{% for x in l %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% else %}else{% endfor %}",
    "{% break %}",
    "{% for x in l %}{% for y in l %}{{ loop.index }}{% endfor %}{{ loop.index }};{% endfor %}",
    "{% for x in l %}{% set outer = loop %}{% for y in 'ab' %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% for node in tree recursive %}{{ node.n }}[{{ loop(node.kids) }}]{% endfor %}",
    "{% for node in tree recursive %}{{ loop.depth }}{{ node.n }}{% if node.kids %}({{ loop(node.kids) }}){% endif %}{% else %}-{% endfor %}",
    "{% for x in l %}{{ loop(l) }}{% endfor %}",
    "{% set x = 1 %}{% for i in l %}{% set x = i %}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% for i in l %}{{ x }}{% set x = i %}{{ x }} {% endfor %}",
    "{% set x = 1 %}{% if true %}{% set x = 2 %}{% endif %}{{ x }}",
    "{% if false %}{% set n = 2 %}{% endif %}{{ n }}",
    "{% if false %}{% set zz = 2 %}{% endif %}{{ zz }}|{{ zz is defined }}",
    "{{ n }}{% set n = 1 %}{{ n }}",
    "{% macro m() %}{{ n }}{% endmacro %}{{ m() }}{% set n = 1 %}{{ m() }}",
    "{% set n = n + 1 %}{{ n }}",
    "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a = 1, 2 %}{{ a }}",
    "{% set (a, b) = (1, 2) %}{{ a + b }}",
    "{% set a.b = 1 %}",
    "{% set d.b = 1 %}",
    "{% set 1 = 2 %}",
    "{% set x %}a{{ n }}b{% endset %}[{{ x }}]{{ x is string }}",
    "{% set x | upper | replace('A', 'z') %}abc{% endset %}{{ x }}",
    "{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y is defined }}",
    "{% set ns = namespace(x=1, l=[]) %}{% for i in l %}{% set ns.x = ns.x + i %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.x }}{{ ns.l }}",
    "{% set ns = namespace() %}{% set ns.a = 1 %}{{ ns.a }}{{ ns.b is defined }}{{ ns }}",
    "{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns['b'] }}",
    "{% set ns = namespace() %}{% set ns._x = 1 %}",
    "{% set ns = namespace(x='') %}{% set ns.x %}block{% endset %}{{ ns.x }}",
    "{% set ns = namespace(a=1, b=2) %}{% set ns.a, ns.b = ns.b, ns.a %}{{ ns.a }}{{ ns.b }}",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(c=5, a=1) }}",
    "{% macro m(a) %}[{{ a }}]{{ a is defined }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a.x }}{% endmacro %}{{ m() }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(b=2) }}",
    "{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, 3, x=4) }}",
    "{% macro m() %}{{ varargs | length }}{% endmacro %}{{ m(*l) }}",
    "{% macro m() %}{{ kwargs.b }}{% endmacro %}{{ m(**d) }}",
    "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}body{{ n }}{% endcall %}",
    "{% macro m() %}{{ caller(1, 2) }}{% endmacro %}{% call(a, b=5) m() %}{{ a }}{{ b }}{% endcall %}",
    "{% macro m() %}{{ caller is defined }}{% endmacro %}{{ m() }}",
    "{% macro m() %}x{% endmacro %}{% call m() %}y{% endcall %}",
    "{% macro fact(k) %}{% if k < 2 %}1{% else %}{{ k * fact(k - 1) | int }}{% endif %}{% endmacro %}{{ fact(5) }}",
    "{% macro m() %}{% set n = 1 %}{{ n }}{% endmacro %}{{ m() }}{{ n }}",
    "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}",
    "{% macro m(x) %}{{ x }}{% endmacro %}{{ m }}{{ m.name }}",
    "{% macro m(x, y) %}{{ x }}{{ y }}{% endmacro %}{{ m(y=1, x=2) ~ '!' }}",
    "{% macro m(x=1, y) %}{% endmacro %}",
    "{% macro m(x) %}{% for i in x %}{{ m(i.kids) }}{{ i.n }}{% endfor %}{% endmacro %}{{ m(tree) }}",
    "{% for i in l %}{% macro m() %}{{ i }}{% endmacro %}{{ m() }}{% endfor %}",
    "{{ m() }}{% macro m() %}x{% endmacro %}",
    "{% filter upper %}abc {{ n }}{% endfilter %}",
    "{% filter replace('a', 'b') | upper %}aaa{% endfilter %}",
    "{% filter nosuch %}x{% endfilter %}",
    "{% with x = 1, y = n %}{{ x }}{{ y }}{% endwith %}{{ x is defined }}",
    "{% with %}{% set x = 1 %}{{ x }}{% endwith %}{{ x }}",
    "{% with n = 1 %}{% with n = n + 1 %}{{ n }}{% endwith %}{% endwith %}{{ n }}",
    "{% generation %}a{% set x = 1 %}{{ x }}{% endgeneration %}{{ x }}",
    "{% for m in messages %}{% generation %}{{ m.role }}{{ loop.index }}{% endgeneration %};{% endfor %}",
    "{% set g = l | map('string') %}{{ g | list }}{{ g | list }}",
    "{% set ns = namespace(k=1) %}{% for x in range(5) if x >= ns.k %}{{ x }}{% set ns.k = ns.k + 2 %}{% endfor %}",
    "{% set x = joiner(', ') %}{% for i in l %}{{ x() }}{{ i }}{% endfor %}",
    "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}{{ c.reset() }}{{ c.next() }}",
    "{% for x in l | sort %}{{ x }}{% if not loop.last %}-{% endif %}{% endfor %}",
    "{% for i in range(3) %}{{ i }}{% for j in range(i) %}{{ j }}{% else %}e{% endfor %}{% endfor %}",
    "{% set loop = 1 %}{{ loop }}",
    "{% for x in l %}{% set loop = 1 %}{% endfor %}",
    "{% if nope is defined and nope.x %}a{% else %}b{% endif %}",
    "{% if false %}{{ 1 | nosuch }}{% endif %}ok",
    "{% for x in l %}{{ 1 | nosuch }}{% endfor %}",
    "{{ 1 if true else 1 | nosuch }}",
    "{% if true %}{% for x in empty %}{{ 1 | nosuch }}{% endfor %}{% endif %}ok",
    "{{ raise_exception('Bad role') }}",
    "{% if messages[0].role == 'system' %}{% set sys = messages[0].content %}{% set rest = messages[1:] %}{% endif %}{{ sys }}{{ rest | length }}",
    "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}</s>\n{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}",
    "{{ bos_token }}{% for m in messages %}{{ m.role | upper }}: {{ m.content or '(nothing)' }}\n{% endfor %}{{ eos_token }}",
    "{{ messages | tojson(indent=2) }}",
    "{{ tools is none }}{{ documents is none }}{{ enable_thinking is defined }}",
    "{% set x = 'a' %}\n{%- if x %}\n  {%- set y = x ~ 'b' %}\n  {{- y }}\n{%- endif %}\n",
    "{{ a.b.c }}",
    "{{ d.C.2.k }}",
    "{{ 'x' if n > 5 and n < 10 or false else 'y' }}",
    "{{ [i for i in l] }}",
    "{{ lambda x: x }}",
    "{{ l[0], }}",
    "{{ x = 1 }}",
    "{% set = 1 %}",
    "{% for in l %}{% endfor %}",
    "{% for x l %}{% endfor %}",
    "{{ 'a' is string is string }}",
    "{{ (1 }}",
    "{{ 1) }}",
    "{{ [1) }}",
    "{{ $ }}",
    "{{ 1 ! 2 }}",
    "{{ a..b }}",
    "{{ f(a=1, 2) }}",
    "{{ f(a=1, a=2) }}",
    "{{ range(*[1, 5], **{}) | list }}",
    "{{ dict(**{'a': 1}) }}",
    "\u3000{%- if 1 %} \u00a0x{% endif -%}\u2003y",
]


def main():
    env = render_oracle.environment()
    goldens = []
    for source in ["{{ " + e + " }}" for e in EXPRESSIONS] + TEMPLATES:
        made = render_oracle.render(env, source, VARIABLES)
        # An object's address is not for comparison.
        if " at 0x" in made.get("text", ""):
            continue
        goldens.append([source, made.get("text")])
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in goldens)
    given = json.dumps(VARIABLES, ensure_ascii=False)
    text = f'{{"variables": {given},\n"goldens": [\n{rows}\n]}}\n'
    (HERE / "goldens.json").write_text(text, encoding="utf-8")
    corpus = HERE / "corpus"
    corpus.mkdir(exist_ok=True)
    for source in TEMPLATES:
        if len(source) > 40:
            name = hashlib.sha256(source.encode()).hexdigest()[:12]
            (corpus / name).write_bytes(source.encode())
    print(len(goldens), "goldens")


if __name__ == "__main__":
    main()
