package dev.yado.network.nft;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Rules in their order. @param hook null for a chain that others jump to */
record Chain(@Nullable Hook hook, List<Rule> rules) {
    Chain {
        rules = List.copyOf(rules);
    }

    List<String> comments() {
        return rules.stream().map(Rule::comment).toList();
    }
}
