package dev.yado.operation;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** The flows that this replica can run. */
@Component
class FlowCatalog {
    private final Map<String, Flow<?>> byKind;

    FlowCatalog(Collection<Flow<?>> flows) {
        byKind = flows.stream().collect(Collectors.toUnmodifiableMap(Flow::kind, Function.identity()));
    }

    Optional<Flow<?>> find(String kind) {
        return Optional.ofNullable(byKind.get(kind));
    }

    /** Empty when this replica does not know the kind in this version. */
    Optional<Flow<?>> find(String kind, int version) {
        return find(kind).filter(flow -> flow.version() == version);
    }

    /** Empty also when the flow has no such step: then it is not the one that the operation was begun under. */
    Optional<Flow<?>> find(String kind, int version, String step) {
        return find(kind, version)
                .filter(flow ->
                        stepsOf(flow).stream().anyMatch(name -> name.name().equals(step)));
    }

    /** Kinds whose undo a newer operation may overtake. */
    String[] kindsThatGiveWay() {
        return byKind.values().stream()
                .filter(Flow::givesWayWhileUndone)
                .map(Flow::kind)
                .toArray(String[]::new);
    }

    /** @throws IllegalArgumentException when there is no such flow: a mistake of the caller's code */
    Flow<?> require(String kind) {
        return find(kind).orElseThrow(() -> new IllegalArgumentException("no flow " + kind));
    }

    static <S extends Enum<S>> List<S> stepsOf(Flow<S> flow) {
        return Arrays.asList(flow.steps().getEnumConstants());
    }

    static <S extends Enum<S>> S firstStep(Flow<S> flow) {
        return stepsOf(flow).getFirst();
    }

    static <S extends Enum<S>> S stepNamed(Flow<S> flow, String name) {
        return Enum.valueOf(flow.steps(), name);
    }
}
