// A parsed template. Names are already resolved to slots (see scope.cpp); nothing here changes
// while rendering, so threads may share it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "engine/chat/jinja/value.h"

namespace alcove::engine::jinja {

struct State;
struct Args;
using FilterFn = Value (*)(State&, const Value& input, const Args&);
using TestFn = bool (*)(State&, const Value& input, const Args&);

/// A variable: `hops` functions outwards, then the index-th slot.
struct Slot {
    int hops = 0;
    int index = 0;
};

enum class ExprKind : uint8_t {
    Const,
    Name,
    Attribute,  // of a namespace, as the target of an assignment: text = attribute
    Tuple,
    List,
    Dict,         // kids: key, value, key, value …
    Conditional,  // kids: test, then, [else]
    And,
    Or,
    Not,
    Negate,
    Plus,
    Compare,  // kids: first, then one for each of `operators`
    Binary,   // operators[0] of two kids
    Concat,   // the ~ of all kids
    GetAttribute,
    GetItem,
    Slice,   // kids: what, start, stop, step; null where left out
    Call,    // kids[0]: what
    Filter,  // kids[0]: the input; null in a filter block
    Test,    // kids[0]: the input
};

enum class Op : uint8_t {
    Add,
    Sub,
    Mul,
    Div,
    FloorDiv,
    Mod,
    Pow,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    NotIn
};

struct Expr;
using ExprPtr = std::unique_ptr<Expr>;

struct Keyword {
    std::string name;
    ExprPtr value;
};

struct Expr {
    ExprKind kind = ExprKind::Const;
    int line = 0;
    int depth = 1;  // levels of expressions below, itself included
    Slot slot;
    Value constant;
    std::string text;  // name of a variable, attribute, filter or test
    std::vector<ExprPtr> kids;
    std::vector<Op> operators;
    // Of Call, Filter and Test.
    std::vector<ExprPtr> arguments;
    std::vector<Keyword> keywords;
    ExprPtr moreArguments;      // *these
    ExprPtr moreKeywords;       // **these
    FilterFn filter = nullptr;  // null: no filter of that name, an error when it is reached
    TestFn test = nullptr;
};

enum class StmtKind : uint8_t {
    Text,
    Output,
    If,
    For,
    Set,
    SetBlock,
    Macro,
    CallBlock,  // also {% generation %}, whose `call` is null
    FilterBlock,
    With,
    Break,
    Continue,
};

struct Stmt;
using StmtPtr = std::unique_ptr<Stmt>;
using Block = std::vector<StmtPtr>;

/// How a scope's variables start.
struct Load {
    enum class From : uint8_t { Context, Outer, Nothing } from = From::Nothing;
    int index = 0;     // the slot to fill
    Slot outer;        // From::Outer
    std::string name;  // From::Context
};
using Loads = std::vector<Load>;

/// What runs with slots of its own: the template, a macro, a recursive loop, the `if` of a `for`.
struct Function {
    int slotCount = 0;
};

struct Branch {
    ExprPtr test;
    Block body;
};

struct Stmt {
    StmtKind kind = StmtKind::Text;
    int line = 0;
    std::string text;  // Text; name of a Macro
    ExprPtr target;    // Set, SetBlock, For
    ExprPtr expr;      // Output, Set: the value; For: what to go through; CallBlock: the call;
                       // FilterBlock, SetBlock: the filters
    Block body;
    Block otherwise;               // else of If and For
    std::vector<Branch> branches;  // If: if and elifs
    Loads loads;                   // of the body's scope
    Loads elseLoads;               // For
    Slot slot;                     // Macro: where it goes; For: the variable loop, if used

    // For
    ExprPtr filter;  // for … if filter
    Loads filterLoads;
    Function filterFunction;
    ExprPtr filterTarget;  // the target once more, in the filter's slots
    bool recursive = false;
    bool usesLoop = false;
    Function function;  // Macro, CallBlock, recursive For

    // Macro and CallBlock; With: parameters and their values
    std::vector<std::string> parameters;
    std::vector<int> parameterSlots;
    std::vector<ExprPtr> defaults;                                // of the last parameters
    int callerSlot = -1, keywordsSlot = -1, positionalSlot = -1;  // -1: not used
    bool explicitCaller = false;
};

struct Program {
    std::deque<std::string> strings;           // what constants point to
    std::deque<UndefinedInfo> undefinedNames;  // for names that have no value when they are read
    Block body;
    Loads loads;
    Function function;
};

/// Throws Failure with a line.
[[nodiscard]] std::unique_ptr<Program> parseTemplate(std::string_view source);
/// Gives every name its slot and checks what can be known before running.
void resolveNames(Program& program);

}  // namespace alcove::engine::jinja
