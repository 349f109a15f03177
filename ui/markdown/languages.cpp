// The languages that are coloured. Words are those of each language's own reference.
#include <QList>
#include <array>

#include "ui/markdown/language.h"

namespace alcove::ui {

namespace {

constexpr CommentRule kCComments[] = {{u"//", u""}, {u"/*", u"*/"}};
constexpr CommentRule kNestedComments[] = {{u"//", u""}, {u"/*", u"*/", true}};
constexpr CommentRule kHashComments[] = {{u"#", u""}};
constexpr CommentRule kShellComments[] = {{u"#", u"", false, true}};
constexpr CommentRule kPhpComments[] = {{u"//", u""}, {u"#", u"", false, true}, {u"/*", u"*/"}};
constexpr CommentRule kPowerComments[] = {{u"<#", u"#>"}, {u"#", u"", false, true}};
constexpr CommentRule kSqlComments[] = {{u"--", u""}, {u"/*", u"*/"}};
constexpr CommentRule kCmakeComments[] = {{u"#[[", u"]]"}, {u"#", u""}};
constexpr CommentRule kLuaComments[] = {{u"--[[", u"]]"}, {u"--", u""}};
constexpr CommentRule kHaskellComments[] = {{u"{-", u"-}", true}, {u"--", u""}};
constexpr CommentRule kXmlComments[] = {{u"<!--", u"-->"}};
constexpr CommentRule kCssComments[] = {{u"/*", u"*/"}};
constexpr CommentRule kIniComments[] = {{u"#", u"", false, true}, {u";", u"", false, true}};
constexpr CommentRule kTexComments[] = {{u"%", u""}};

constexpr StringRule kCStrings[] = {{.open = u"\"", .close = u"\""},
                                    {.open = u"'", .close = u"'", .brief = true}};
constexpr StringRule kJavaStrings[] = {{.open = u"\"\"\"", .close = u"\"\"\"", .lines = true},
                                       {.open = u"\"", .close = u"\""},
                                       {.open = u"'", .close = u"'", .brief = true}};
constexpr StringRule kKotlinStrings[] = {
    {.open = u"\"\"\"", .close = u"\"\"\"", .escapes = false, .lines = true, .interpolate = u"${"},
    {.open = u"\"", .close = u"\"", .interpolate = u"${"},
    {.open = u"'", .close = u"'", .brief = true}};
constexpr StringRule kCsharpStrings[] = {
    {.open = u"\"\"\"", .close = u"\"\"\"", .escapes = false, .lines = true},
    {.open = u"@\"", .close = u"\"", .escapes = false, .lines = true, .doubled = true},
    {.open = u"$@\"", .close = u"\"", .escapes = false, .lines = true, .doubled = true},
    {.open = u"$\"", .close = u"\"", .interpolate = u"{"},
    {.open = u"\"", .close = u"\""},
    {.open = u"'", .close = u"'", .brief = true}};
constexpr StringRule kSwiftStrings[] = {
    {.open = u"\"\"\"", .close = u"\"\"\"", .lines = true, .interpolate = u"\\("},
    {.open = u"\"", .close = u"\"", .interpolate = u"\\("}};
constexpr StringRule kScriptStrings[] = {
    {.open = u"`", .close = u"`", .lines = true, .interpolate = u"${"},
    {.open = u"\"", .close = u"\""},
    {.open = u"'", .close = u"'"}};
constexpr StringRule kPythonStrings[] = {{.open = u"\"\"\"", .close = u"\"\"\"", .lines = true},
                                         {.open = u"'''", .close = u"'''", .lines = true},
                                         {.open = u"\"", .close = u"\""},
                                         {.open = u"'", .close = u"'"}};
constexpr StringRule kRubyStrings[] = {
    {.open = u"\"", .close = u"\"", .lines = true, .interpolate = u"#{"},
    {.open = u"'", .close = u"'", .lines = true},
    {.open = u"`", .close = u"`", .interpolate = u"#{"}};
constexpr StringRule kGoStrings[] = {{.open = u"`", .close = u"`", .escapes = false, .lines = true},
                                     {.open = u"\"", .close = u"\""},
                                     {.open = u"'", .close = u"'", .brief = true}};
constexpr StringRule kRustStrings[] = {{.open = u"\"", .close = u"\"", .lines = true},
                                       {.open = u"'", .close = u"'", .brief = true}};
constexpr StringRule kLongStrings[] = {{.open = u"\"", .close = u"\"", .lines = true},
                                       {.open = u"'", .close = u"'", .lines = true}};
constexpr StringRule kShellStrings[] = {
    {.open = u"\"", .close = u"\"", .lines = true},
    {.open = u"'", .close = u"'", .escapes = false, .lines = true}};
constexpr StringRule kPowerStrings[] = {
    {.open = u"@\"", .close = u"\"@", .escapes = false, .lines = true},
    {.open = u"@'", .close = u"'@", .escapes = false, .lines = true},
    {.open = u"\"",
     .close = u"\"",
     .escapes = false,
     .lines = true,
     .doubled = true,
     .interpolate = u"$("},
    {.open = u"'", .close = u"'", .escapes = false, .lines = true, .doubled = true}};
constexpr StringRule kSqlStrings[] = {
    {.open = u"'", .close = u"'", .escapes = false, .lines = true, .doubled = true},
    {.open = u"\"", .close = u"\"", .escapes = false, .doubled = true},
    {.open = u"`", .close = u"`", .escapes = false}};
constexpr StringRule kPlainStrings[] = {{.open = u"\"", .close = u"\""},
                                        {.open = u"'", .close = u"'"}};
constexpr StringRule kJsonStrings[] = {{.open = u"\"", .close = u"\""}};
constexpr StringRule kYamlStrings[] = {
    {.open = u"\"", .close = u"\""},
    {.open = u"'", .close = u"'", .escapes = false, .doubled = true}};
constexpr StringRule kTomlStrings[] = {
    {.open = u"\"\"\"", .close = u"\"\"\"", .lines = true},
    {.open = u"'''", .close = u"'''", .escapes = false, .lines = true},
    {.open = u"\"", .close = u"\""},
    {.open = u"'", .close = u"'", .escapes = false}};
constexpr StringRule kLuaStrings[] = {
    {.open = u"[[", .close = u"]]", .escapes = false, .lines = true},
    {.open = u"\"", .close = u"\""},
    {.open = u"'", .close = u"'"}};
constexpr StringRule kCmakeStrings[] = {
    {.open = u"[[", .close = u"]]", .escapes = false, .lines = true},
    {.open = u"\"", .close = u"\"", .lines = true}};
constexpr StringRule kXmlStrings[] = {
    {.open = u"\"", .close = u"\"", .escapes = false, .lines = true},
    {.open = u"'", .close = u"'", .escapes = false, .lines = true}};
constexpr StringRule kHaskellStrings[] = {{.open = u"\"", .close = u"\""},
                                          {.open = u"'", .close = u"'", .brief = true}};

constexpr QStringView kCWords =
    u"auto break case const continue default do else enum extern for goto if inline register "
    u"restrict return sizeof static struct switch typedef union volatile while true false NULL "
    u"nullptr _Atomic _Bool _Generic _Noreturn _Static_assert _Thread_local";
constexpr QStringView kCTypes =
    u"bool char double float int long short signed unsigned void size_t ssize_t ptrdiff_t intptr_t "
    u"uintptr_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t wchar_t char8_t "
    u"char16_t char32_t FILE va_list string vector map set array optional pair tuple string_view "
    u"span unique_ptr shared_ptr unordered_map unordered_set";
constexpr QStringView kCppWords =
    u"alignas alignof and and_eq asm auto break case catch class co_await co_return co_yield "
    u"concept const const_cast consteval constexpr constinit continue decltype default delete do "
    u"dynamic_cast else enum explicit export extern false final for friend goto if inline mutable "
    u"namespace new noexcept not nullptr operator or override private protected public register "
    u"reinterpret_cast requires return sizeof static static_assert static_cast struct switch "
    u"template this thread_local throw true try typedef typeid typename union using virtual "
    u"volatile while xor import module";
constexpr QStringView kScriptWords =
    u"as async await break case catch class const continue debugger default delete do else export "
    u"extends false finally for from function get if import in instanceof let new null of return "
    u"set static super switch this throw true try typeof undefined var void while with yield";

// The longest lists stand above; the order is that of the table in the tests.
constexpr Language kLanguages[] = {
    {.name = u"C",
     .aliases = u"c h",
     .keywords = kCWords,
     .types = kCTypes,
     .comments = kCComments,
     .strings = kCStrings,
     .preprocessor = u'#'},
    {.name = u"C++",
     .aliases = u"cpp c++ cc cxx hpp hxx h++ cuda cu",
     .keywords = kCppWords,
     .types = kCTypes,
     .comments = kCComments,
     .strings = kCStrings,
     .capitalTypes = true,
     .preprocessor = u'#',
     .rawStrings = true},
    {.name = u"C#",
     .aliases = u"csharp c# cs",
     .keywords = u"abstract as async await base break case catch checked class const continue "
                 u"default delegate do else enum event explicit extern false finally fixed for "
                 u"foreach get goto if implicit in init interface internal is lock namespace new "
                 u"null operator out override params private protected public readonly record ref "
                 u"required return sealed set sizeof stackalloc static struct switch this throw "
                 u"true try typeof unchecked unsafe using value virtual volatile when where while "
                 u"with yield",
     .types = u"bool byte char decimal double dynamic float int long nint nuint object sbyte short "
              u"string uint ulong ushort var void",
     .comments = kCComments,
     .strings = kCsharpStrings,
     .capitalTypes = true,
     .preprocessor = u'#'},
    {.name = u"Java",
     .aliases = u"java",
     .keywords = u"abstract assert break case catch class const continue default do else enum "
                 u"extends false final finally for goto if implements import instanceof interface "
                 u"native new null package permits private protected public record return sealed "
                 u"static strictfp super switch synchronized this throw throws transient true try "
                 u"volatile while yield",
     .types = u"boolean byte char double float int long short void var",
     .comments = kCComments,
     .strings = kJavaStrings,
     .capitalTypes = true,
     .attribute = u'@'},
    {.name = u"Kotlin",
     .aliases = u"kotlin kt kts",
     .keywords = u"abstract actual annotation as break by catch class companion const constructor "
                 u"continue crossinline data do else enum expect external false final finally for "
                 u"fun get if import in infix init inline inner interface internal is lateinit "
                 u"noinline null object open operator out override package private protected "
                 u"public reified return sealed set super suspend tailrec this throw true try "
                 u"typealias val var vararg when where while",
     .comments = kNestedComments,
     .strings = kKotlinStrings,
     .capitalTypes = true,
     .attribute = u'@'},
    {.name = u"JavaScript",
     .aliases = u"javascript js jsx mjs cjs node",
     .keywords = kScriptWords,
     .comments = kCComments,
     .strings = kScriptStrings,
     .wordChars = u"_$",
     .capitalTypes = true,
     .attribute = u'@'},
    {.name = u"TypeScript",
     .aliases = u"typescript ts tsx",
     .keywords = u"abstract as asserts async await break case catch class const continue debugger "
                 u"declare default delete do else enum export extends false finally for from "
                 u"function get if implements import in infer instanceof interface is keyof let "
                 u"namespace new null of override private protected public readonly return "
                 u"satisfies set static super switch this throw true try type typeof undefined "
                 u"unique var while with yield",
     .types = u"any bigint boolean never number object string symbol unknown void",
     .comments = kCComments,
     .strings = kScriptStrings,
     .wordChars = u"_$",
     .capitalTypes = true,
     .attribute = u'@'},
    {.name = u"Python",
     .aliases = u"python py python3 pyi ipython",
     .keywords = u"False None True and as assert async await break case class continue def del "
                 u"elif else except finally for from global if import in is lambda match nonlocal "
                 u"not or pass raise return self try while with yield",
     .types = u"bool bytes bytearray complex dict float frozenset int list object set str tuple",
     .comments = kHashComments,
     .strings = kPythonStrings,
     .capitalTypes = true,
     .attribute = u'@'},
    {.name = u"Ruby",
     .aliases = u"ruby rb",
     .keywords = u"BEGIN END alias and begin break case class def defined do else elsif end ensure "
                 u"false for if in module next nil not or redo rescue retry return self super then "
                 u"true undef unless until when while yield require attr_accessor attr_reader "
                 u"include extend",
     .comments = kHashComments,
     .strings = kRubyStrings,
     .wordChars = u"_?",
     .capitalTypes = true,
     .variable = u'@',
     .hereDocuments = true},
    {.name = u"Go",
     .aliases = u"go golang",
     .keywords = u"break case chan const continue default defer else fallthrough false for func go "
                 u"goto if import interface iota map nil package range return select struct switch "
                 u"true type var",
     .types = u"any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 "
              u"int32 int64 rune string uint uint8 uint16 uint32 uint64 uintptr",
     .comments = kCComments,
     .strings = kGoStrings},
    {.name = u"Rust",
     .aliases = u"rust rs",
     .keywords =
         u"Self as async await break const continue crate dyn else enum extern false fn for "
         u"if impl in let loop match mod move mut pub ref return self static struct super "
         u"trait true type union unsafe use where while",
     .types = u"bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
     .comments = kNestedComments,
     .strings = kRustStrings,
     .capitalTypes = true,
     .attribute = u'#',
     .rawStrings = true},
    {.name = u"Swift",
     .aliases = u"swift",
     .keywords =
         u"actor as associatedtype async await break case catch class continue default "
         u"defer deinit do else enum extension fallthrough false fileprivate final for func "
         u"get guard if import in indirect init inout internal is lazy let mutating nil "
         u"nonisolated open operator override private protocol public repeat required "
         u"rethrows return self set some static struct subscript super switch throw throws "
         u"true try typealias var weak where while",
     .comments = kNestedComments,
     .strings = kSwiftStrings,
     .capitalTypes = true,
     .attribute = u'@',
     .preprocessor = u'#'},
    {.name = u"PHP",
     .aliases = u"php",
     .keywords = u"abstract and array as break callable case catch class clone const continue "
                 u"declare default do echo else elseif empty enum extends false final finally fn "
                 u"for foreach function global if implements include include_once instanceof "
                 u"interface isset list match namespace new null or print private protected public "
                 u"readonly require require_once return static switch this throw trait true try "
                 u"unset use var while yield",
     .types = u"bool float int iterable mixed never object string void",
     .comments = kPhpComments,
     .strings = kLongStrings,
     .capitalTypes = true,
     .variable = u'$',
     .hereDocuments = true},
    {.name = u"Shell",
     .aliases = u"bash sh shell zsh console shell-session fish",
     .keywords = u"case do done elif else esac fi for function if in select then until while break "
                 u"continue return exit local export readonly declare typeset unset shift trap "
                 u"source alias cd echo eval exec printf read set test true false",
     .comments = kShellComments,
     .strings = kShellStrings,
     .wordChars = u"_-",
     .calls = false,
     .variable = u'$',
     .hereDocuments = true},
    {.name = u"PowerShell",
     .aliases = u"powershell ps1 pwsh ps",
     .keywords = u"begin break catch class continue data do dynamicparam else elseif end enum exit "
                 u"filter finally for foreach from function hidden if in param process return "
                 u"static switch throw trap try until using while",
     .comments = kPowerComments,
     .strings = kPowerStrings,
     .wordChars = u"_-",
     .anyCase = true,
     .variable = u'$'},
    {.name = u"SQL",
     .aliases = u"sql sqlite postgresql postgres mysql plsql tsql",
     .keywords =
         u"add all alter and any as asc begin between by cascade case check collate column "
         u"commit constraint create cross current_date current_timestamp database default "
         u"delete desc distinct drop else end exists explain false fetch first for foreign "
         u"from full function grant group having if ilike in index inner insert intersect "
         u"into is join key last left like limit materialized natural not null nulls offset "
         u"on or order outer over partition primary procedure recursive references "
         u"returning revoke right rollback row rows select set table temporary then to "
         u"transaction trigger true truncate union unique update using vacuum values view "
         u"when where window with without",
     .types = u"bigint blob boolean bytea char date datetime decimal double float int integer "
              u"interval json jsonb numeric real serial smallint text time timestamp tinyint uuid "
              u"varchar",
     .comments = kSqlComments,
     .strings = kSqlStrings,
     .anyCase = true},
    {.name = u"JSON",
     .aliases = u"json jsonc json5 jsonl",
     .keywords = u"true false null",
     .comments = kCComments,
     .strings = kJsonStrings,
     .calls = false,
     .keyColon = true},
    {.name = u"YAML",
     .aliases = u"yaml yml",
     .keywords = u"true false null yes no on off",
     .comments = kShellComments,
     .strings = kYamlStrings,
     .form = LanguageForm::Keys,
     .wordChars = u"_-./",
     .calls = false},
    {.name = u"TOML",
     .aliases = u"toml",
     .keywords = u"true false inf nan",
     .comments = kHashComments,
     .strings = kTomlStrings,
     .form = LanguageForm::Sections,
     .calls = false},
    {.name = u"INI",
     .aliases = u"ini cfg conf properties env dotenv editorconfig",
     .keywords = u"true false yes no on off",
     .comments = kIniComments,
     .strings = kPlainStrings,
     .form = LanguageForm::Sections,
     .wordChars = u"_-./",
     .calls = false},
    {.name = u"HTML",
     .aliases = u"html htm xhtml vue svelte",
     .comments = kXmlComments,
     .strings = kXmlStrings,
     .form = LanguageForm::Markup,
     .wordChars = u"_-:."},
    {.name = u"XML",
     .aliases = u"xml svg xsd xsl plist",
     .comments = kXmlComments,
     .strings = kXmlStrings,
     .form = LanguageForm::Markup,
     .wordChars = u"_-:."},
    {.name = u"CSS",
     .aliases = u"css scss sass less",
     .keywords = u"important auto inherit initial unset none from to",
     .comments = kCssComments,
     .strings = kPlainStrings,
     .wordChars = u"_-",
     .attribute = u'@',
     .variable = u'$',
     .keyColon = true},
    {.name = u"Markdown", .aliases = u"markdown md mdx", .form = LanguageForm::Markdown},
    {.name = u"Diff", .aliases = u"diff patch", .form = LanguageForm::Diff},
    {.name = u"CMake",
     .aliases = u"cmake",
     .keywords = u"if elseif else endif foreach endforeach while endwhile function endfunction "
                 u"macro endmacro return break continue include and or not true false on off "
                 u"public private interface required",
     .comments = kCmakeComments,
     .strings = kCmakeStrings,
     .anyCase = true,
     .variable = u'$'},
    {.name = u"QML",
     .aliases = u"qml",
     .keywords =
         u"alias as async await break case catch component const continue default delete do "
         u"else enum export false finally for function if import in instanceof let new null "
         u"of on pragma property readonly required return signal switch this throw true try "
         u"typeof undefined var while",
     .types = u"bool color date double int list real string url variant void",
     .comments = kCComments,
     .strings = kScriptStrings,
     .capitalTypes = true,
     .keyColon = true},
    {.name = u"Lua",
     .aliases = u"lua",
     .keywords = u"and break do else elseif end false for function goto if in local nil not or "
                 u"repeat return then true until while",
     .comments = kLuaComments,
     .strings = kLuaStrings},
    {.name = u"R",
     .aliases = u"r rscript",
     .keywords = u"FALSE Inf NA NULL NaN TRUE break else for function if in next repeat return "
                 u"while library require",
     .comments = kHashComments,
     .strings = kLongStrings,
     .wordChars = u"_."},
    {.name = u"Dockerfile",
     .aliases = u"dockerfile docker containerfile",
     .keywords = u"ADD ARG AS CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER "
                 u"ONBUILD RUN SHELL STOPSIGNAL USER VOLUME WORKDIR",
     .comments = kShellComments,
     .strings = kShellStrings,
     .wordChars = u"_-",
     .calls = false,
     .variable = u'$'},
    {.name = u"LaTeX",
     .aliases = u"latex tex",
     .comments = kTexComments,
     .wordChars = u"",
     .calls = false,
     .attribute = u'\\'},
    {.name = u"Makefile",
     .aliases = u"makefile make mk",
     .keywords =
         u"define else endef endif export ifdef ifeq ifndef ifneq include override unexport",
     .comments = kHashComments,
     .strings = kPlainStrings,
     .wordChars = u"_-",
     .calls = false,
     .variable = u'$',
     .keyColon = true},
    {.name = u"Haskell",
     .aliases = u"haskell hs",
     .keywords = u"as case class data deriving do else foreign forall hiding if import in infix "
                 u"infixl infixr instance let module newtype of qualified then type where",
     .comments = kHaskellComments,
     .strings = kHaskellStrings,
     .wordChars = u"_'",
     .capitalTypes = true,
     .calls = false},
};

}  // namespace

std::span<const Language> allLanguages() { return kLanguages; }

const Language* findLanguage(QStringView name) {
    for (const Language& language : kLanguages)
        for (const QStringView alias : language.aliases.split(u' '))
            if (alias.compare(name, Qt::CaseInsensitive) == 0) return &language;
    return nullptr;
}

}  // namespace alcove::ui
