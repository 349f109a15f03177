#include "documents.h"

QStringList sampleDocuments() {
    return {
        "",
        "\n\n",
        "One line",
        "Two\nlines\n\nand a paragraph.",
        "# Title\n\nText\n\n## Part ##\n\nMore\n===\n\nless\n---\n",
        "#no heading\n####### seven\n",
        "- a\n- b\n  - c\n  - d\n    1. e\n    2. f\n- g\n",
        "1. one\n2. two\n\n3. loose\n\ntext\n\n7) seven\n8) eight\n",
        "- item\n\n  second paragraph\n\n      indented code\n\n- next\n",
        "- [ ] open\n- [x] done\n- [X] done too\n- [y] none\n",
        "text\n- interrupts\n2. does not\n\n2. does\n",
        "-\n\n  ```\ncode\n\nx\n```\n",
        "- a\n  ```python\n  x[1:]: y\n\n  z\n  ```\n- b\n",
        "1. a\n   ```\ncol 0\n\nmore\n   ```\n\nafter\n\n- z\n",
        "- a\n b\n  ```\n\ncode?\n\n```\nend\n",
        "```cpp\nint main() {}\n\n# no heading\n```\n\nafter\n",
        "```\nunclosed\n\n- not a list\n",
        "~~~~ text\n```\n~~~\n~~~~\nafter",
        "````md\n```\ninner\n```\n````\n\nend",
        "    indented\n\n    code\n\ntext\n",
        "> quote\n> more\nlazy\n\n> another\n> > deeper\n\nout\n",
        "> ```\n> code\n\ntext $x$ after\n",
        "> - a\n>   - b\n>\n> text\n\n- > q in item\n",
        "| a | b |\n|---|--:|\n| 1 | 2 |\n| 3 |\n\nafter\n",
        "a | b\n:-:|---\n`x|y` | z \\| w\nno pipe\n\nend",
        "| Lease | Notice |\n| --- | --- |\n| **Elm** | [1] |\n| `x` | $y$ |\n",
        "| not a table |\n\ntext",
        "---\n\n* * *\n\n___\ntext\n***\n",
        "*i* **b** ***bi*** ~~s~~ `c` _i_ __b__ a*b*c snake_case_name 2 * 3 * 4\n",
        "**bold with `code` and [link](http://a.b/c?d=1&e=2)**",
        "[text](http://x.y \"title\") ![alt *x*](pic.png) <http://auto.link> [ref]\n\n[ref]: "
        "http://r.e\n",
        "see https://example.org/a_b_c(d). And (http://x.y) x://no\n",
        "[1]: http://one\n\n[1] is a link, [2] is not\n",
        "The price is $5 and $6, or 7$ and 8$.\n",
        "Inline $x_1 + y$ and \\(a^2\\), not `$c$`, \\$3 or US$4.\n",
        "Before\n$$\n\\begin{aligned}\n- x &= 1 \\\\\n+ y &= 2\n\\end{aligned}\n$$\nafter\n",
        "- item\n  \\[\n  a\n  + b\n  \\]\n- next $x$\n",
        "> quote \\[ a\n> = b \\] end\n",
        "unclosed $$ a\n\n and \\[ b\n\n$$\nx\n",
        "$$x$$ and $$y$$\n\n# Heading $$z$$\n",
        "| $a | b$ |\n|---|---|\n| $x$ | \\(y\\) |\n",
        "Fact [1]. Other [2][3], more [1, 2]; none [9] `[1]` [1](u) \\[1\\].\n",
        "line one  \nline two\\\nline three\n",
        "&amp; &lt; &copy; &#955; &#x3bb; &unknown; &#0; AT&T\n",
        "<b>html</b> <br> <script>x</script>\n\n<div>\nblock\n</div>\n",
        "\tcode\n\n \t- tab\n\t- list\n",
        "a\r\nb\rc\r\n\r\nd\r\n- e\r\n- f\r\n",
        "- a\n\n\n- b\n\n\n\ntext\n\n* c\n+ d\n",
        "10. ten\n11. eleven\n\n    deep\n\n12. twelve\n",
        "- - - nested\n- 1. mixed\n  2. more\n",
        "שלום **עולם** [1] $x$ 123\n\nمرحبا `code` بالعالم\n",
        "emoji 😀 and combining e\u0301, 中文**粗体**文本\n",
        "text\n===\ntext\n=\n-\n\n-\ntext\n",
        "* a\n\n  ```\n  code\n  ```\n\n  end\n\n---\n\n1. x\n",
        "\\* not a list\n\\# no heading\n\\[no math\\](x)\n",
        "`` a ` b `` ` c\n``` d ```\n",
        "a\n```\nb\n```\nc\n\n```\nd",
        "Term\n: definition\n\n[^1]: note\n\ntext[^1]\n",
        "## Steps\n\n1. **First**: do `x`\n2. **Second**: see\n\n   ```sh\n   make\n   ```\n\n3. "
        "Third\n\nDone.\n",
    };
}

QString randomDocument(std::mt19937& random) {
    static const QStringList pieces = {
        "text",  "word word", "**bold**",  "*i*", "`code`",    "$x$",    "$$",
        "$$y$$", "\\(z\\)",   "\\[",       "\\]", "[1]",       "[a](b)", "[a]: b",
        "- ",    "* ",        "+ ",        "1. ", "2) ",       "12. ",   "> ",
        ">",     "# ",        "### ",      "```", "```py",     "~~~",    "````",
        "    ",  "  ",        "   ",       " ",   "\t",        "---",    "===",
        "* * *", "| a | b |", "|---|---|", "|",   "- [ ] ",    "- [x] ", "\\",
        "`",     "``",        "*",         "**",  "_",         "~~",     "[",
        "]",     "](",        ")",         "!",   "<b>",       "&amp;",  "https://a.b",
        "\r\n",  "é",         "😀",        "ש",   "$5 and $6", "-",      "]:"};
    static const QStringList joints = {"", "", "", " ", "\n", "\n", "\n", "\n\n", "\n\n", "\n  "};
    QString text;
    const int count = 4 + int(random() % 24);
    for (int i = 0; i < count; ++i) {
        text += pieces[qsizetype(random() % uint(pieces.size()))];
        text += joints[qsizetype(random() % uint(joints.size()))];
    }
    return text;
}
