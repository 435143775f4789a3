package dev.yado.operation;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.springframework.stereotype.Service;

/** Tells what operations would do, before there are any. */
@Service
public class Outlines {
    private final FlowCatalog catalog;

    Outlines(FlowCatalog catalog) {
        this.catalog = catalog;
    }

    /** @param longest how long the step may take, waits included */
    public record Line(String name, Duration longest) {}

    /** The steps of a kind, in their order. */
    public List<Line> of(String kind) {
        return lines(catalog.require(kind));
    }

    private static <S extends Enum<S>> List<Line> lines(Flow<S> flow) {
        return FlowCatalog.stepsOf(flow).stream()
                .map(step -> new Line(
                        step.name().toLowerCase(Locale.ROOT), flow.step(step).deadline()))
                .toList();
    }
}
