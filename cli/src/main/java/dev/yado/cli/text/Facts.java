package dev.yado.cli.text;

import java.util.ArrayList;
import java.util.List;

/** One object's fields, a line each: {@code name:  value}. Empty values are left out. */
public final class Facts {
    private final List<String[]> facts = new ArrayList<>();

    public Facts add(String name, String value) {
        if (!value.isEmpty()) {
            facts.add(new String[] {name + ":", Table.printable(value)});
        }
        return this;
    }

    public void show(Screen screen) {
        int width = facts.stream().mapToInt(fact -> fact[0].length()).max().orElse(0);
        for (String[] fact : facts) {
            screen.answer(fact[0] + " ".repeat(width - fact[0].length() + 2) + fact[1]);
        }
    }
}
