// Tables: columns as wide as their widest cell, lines as far apart as LaTeX has them, the middle on
// the axis.
#include <algorithm>

#include "ui/math/layout.h"

namespace alcove::ui::math {

namespace {

using Spacing = TableShape::Spacing;

constexpr double kStrutAscent = 0.84, kStrutDescent = 0.36;  // em: a line of 12 points in 10

struct Measures {
    double stretch;     // of the line's height
    double between;     // em, between lines, beside that
    double leastClear;  // em, between the ink of two lines
};

Measures measuresOf(Spacing spacing) {
    switch (spacing) {
        case Spacing::Aligned:
        case Spacing::Gathered:
            return {1, 0.3, 0.3};
        case Spacing::Cases:
            return {1.2, 0, 0.15};
        case Spacing::Small:
        case Spacing::Substack:
            return {0.75, 0, 0.1};
        case Spacing::Matrix:
            break;
    }
    return {1, 0, 0.15};
}

/// Before column `index`, in em.
double gapBefore(const TableShape& shape, size_t index) {
    if (index == 0) return 0;
    switch (shape.spacing) {
        case Spacing::Aligned:
            if (shape.columns.size() == 3) return 0.28;
            return index % 2 == 0 ? 2 : 0;
        case Spacing::Small:
            return 0.45;
        default:
            return 1;
    }
}

QChar alignmentOf(const TableShape& shape, size_t column) {
    const qsizetype count = shape.columns.size();
    const qsizetype index = static_cast<qsizetype>(column);
    if (shape.spacing == Spacing::Aligned) return shape.columns.at(index % count);
    return shape.columns.at(std::min(index, count - 1));
}

}  // namespace

Box Layout::table(const Node& node, Setting outer) {
    const TableShape& shape = *node.table;
    Setting setting = outer.in(shape.cellStyle);
    // In a script a table's cells do not grow again.
    if (outer.small() && !setting.small()) setting.style = outer.style;
    const double size = em(setting);
    const Measures measures = measuresOf(shape.spacing);

    std::vector<std::vector<Box>> rows;
    std::vector<double> widths;
    for (const auto& line : shape.rows) {
        std::vector<Box>& boxes = rows.emplace_back();
        for (size_t column = 0; column < line.size(); ++column) {
            const bool afterOrd = shape.spacing == Spacing::Aligned && column % 2 == 1;
            Box box = row(*line[column], setting, afterOrd);
            box.width += box.italic;
            if (widths.size() <= column) widths.push_back(0);
            widths[column] = std::max(widths[column], box.width);
            boxes.push_back(std::move(box));
        }
    }
    // Room at the sides where lines are drawn.
    const double side = shape.verticalLines.empty() ? 0 : 0.5 * size;
    std::vector<double> lefts;
    double width = side;
    for (size_t column = 0; column < widths.size(); ++column) {
        width += gapBefore(shape, column) * size;
        lefts.push_back(width);
        width += widths[column];
    }
    width += side;

    // Baselines below the top.
    const double above = kStrutAscent * size * measures.stretch,
                 below = kStrutDescent * size * measures.stretch;
    const bool struts = shape.spacing != Spacing::Gathered && shape.spacing != Spacing::Aligned &&
                        shape.spacing != Spacing::Substack && shape.spacing != Spacing::Small;
    std::vector<double> baselines, tops;
    double bottom = 0;
    for (size_t i = 0; i < rows.size(); ++i) {
        double ascent = 0, descent = 0;
        for (const Box& box : rows[i]) {
            ascent = std::max(ascent, box.ascent);
            descent = std::max(descent, box.descent);
        }
        const bool edge = !struts && i == 0, lastEdge = !struts && i + 1 == rows.size();
        const double clear = measures.leastClear * size / 2;
        const double upper = edge ? ascent : std::max(above, ascent + clear);
        const double lower = lastEdge ? descent : std::max(below, descent + clear);
        tops.push_back(bottom);
        if (i > 0) bottom += measures.between * size;
        baselines.push_back(bottom + upper);
        bottom += upper + lower;
    }

    const double lift = bottom / 2 + axis(outer);  // of the table's top
    Box whole;
    whole.width = width;
    for (size_t i = 0; i < rows.size(); ++i) {
        for (size_t column = 0; column < rows[i].size(); ++column) {
            Box& box = rows[i][column];
            const double spare = widths[column] - box.width;
            const QChar alignment = alignmentOf(shape, column);
            const double shift = alignment == u'l' ? 0 : alignment == u'r' ? spare : spare / 2;
            whole.place(std::move(box), lefts[column] + shift, baselines[i] - lift);
        }
    }
    whole.ascent = std::max(whole.ascent, lift);
    whole.descent = std::max(whole.descent, bottom - lift);

    const double line = constant(Constant::FractionRuleThickness, setting);
    for (const int before : shape.horizontalLines) {
        const size_t index = static_cast<size_t>(before);
        const double y = index < tops.size() ? tops[index] : bottom;
        whole.marks.push_back(rule(0, y - lift - line / 2, width, line));
    }
    for (const int before : shape.verticalLines) {
        const size_t index = static_cast<size_t>(before);
        double x = index == 0 ? 0 : width - line;
        if (index > 0 && index < lefts.size())
            x = (lefts[index] + lefts[index - 1] + widths[index - 1]) / 2;
        whole.marks.push_back(rule(x, -lift, line, bottom));
    }
    return whole;
}

}  // namespace alcove::ui::math
