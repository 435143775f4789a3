package dev.yado.cli.text;

import java.util.ArrayList;
import java.util.List;

/** Columns aligned by their widest cell, two spaces between. A column whose cells are all empty is left out. */
public final class Table {
    private final List<String> head;
    private final List<List<String>> rows = new ArrayList<>();

    public Table(String... head) {
        this.head = List.of(head);
    }

    public Table row(String... cells) {
        if (cells.length != head.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + head.size() + " columns");
        }
        List<String> clean = new ArrayList<>();
        for (String cell : cells) {
            clean.add(printable(cell));
        }
        rows.add(clean);
        return this;
    }

    public boolean isEmpty() {
        return rows.isEmpty();
    }

    /** The lines, the heading first; no spaces at the ends of lines. */
    public List<String> lines() {
        int[] widths = new int[head.size()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], width(row.get(column)));
            }
        }
        List<String> lines = new ArrayList<>();
        lines.add(line(head, widths));
        for (List<String> row : rows) {
            lines.add(line(row, widths));
        }
        return lines;
    }

    private String line(List<String> cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            if (widths[column] > 0 || rows.isEmpty()) {
                String cell = cells.get(column);
                int width = Math.max(widths[column], head.get(column).length());
                line.append(cell).append(" ".repeat(width - width(cell) + 2));
            }
        }
        return line.toString().stripTrailing();
    }

    private static int width(String cell) {
        return cell.codePointCount(0, cell.length());
    }

    /** What a guest or a tenant wrote must not steer the terminal. */
    public static String printable(String text) {
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints().forEach(c -> clean.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
        return clean.toString();
    }
}
