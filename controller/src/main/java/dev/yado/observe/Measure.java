package dev.yado.observe;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Metrics;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/** Values on their way to metrics; of the process, like its logs. Tags are given in the order in which the metric names them. */
public final class Measure {
    private static final Duration[] BUCKETS = {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(5)
    };
    private static final Map<Key, Counter> COUNTERS = new ConcurrentHashMap<>();
    private static final Map<Key, Timer> TIMERS = new ConcurrentHashMap<>();
    private static final Map<Key, AtomicReference<Double>> GAUGES = new ConcurrentHashMap<>();

    private record Key(Metric metric, List<String> tags) {}

    private Measure() {}

    /** Shows it with the value 0 before anything has happened, so that the first event is a change as well. */
    public static void announce(Metric metric, String... tags) {
        switch (metric.type()) {
            case COUNTER -> count(metric, 0, tags);
            case TIMER -> TIMERS.computeIfAbsent(key(metric, Metric.Type.TIMER, tags), Measure::timer);
            case GAUGE, SECONDS -> set(metric, 0, tags);
        }
    }

    public static void count(Metric metric, String... tags) {
        count(metric, 1, tags);
    }

    public static void count(Metric metric, double amount, String... tags) {
        COUNTERS.computeIfAbsent(key(metric, Metric.Type.COUNTER, tags), Measure::counter)
                .increment(amount);
    }

    public static void time(Metric metric, Duration took, String... tags) {
        TIMERS.computeIfAbsent(key(metric, Metric.Type.TIMER, tags), Measure::timer)
                .record(took);
    }

    /** Stays until it is set anew; {@code NaN} says that it is not known. */
    public static void set(Metric metric, double value, String... tags) {
        Metric.Type type = metric.type() == Metric.Type.SECONDS ? Metric.Type.SECONDS : Metric.Type.GAUGE;
        GAUGES.computeIfAbsent(key(metric, type, tags), Measure::gauge).set(value);
    }

    /** What is set no more counts as none. */
    public static void clear(Metric metric) {
        GAUGES.forEach((key, value) -> {
            if (key.metric() == metric) {
                value.set(0.0);
            }
        });
    }

    private static Key key(Metric metric, Metric.Type type, String... tags) {
        if (metric.type() != type || metric.tags().size() != tags.length) {
            throw new IllegalArgumentException(
                    metric + " is a " + metric.type() + " with the tags " + metric.tags() + ", not a " + type);
        }
        return new Key(metric, List.of(tags));
    }

    private static Counter counter(Key key) {
        return Counter.builder(key.metric().word())
                .description(key.metric().help())
                .tags(tags(key))
                .register(Metrics.globalRegistry);
    }

    private static Timer timer(Key key) {
        return Timer.builder(key.metric().word())
                .description(key.metric().help())
                .tags(tags(key))
                .serviceLevelObjectives(BUCKETS)
                .register(Metrics.globalRegistry);
    }

    private static AtomicReference<Double> gauge(Key key) {
        AtomicReference<Double> value = new AtomicReference<>(0.0);
        Gauge.Builder<?> gauge = Gauge.builder(key.metric().word(), value, AtomicReference::get)
                .description(key.metric().help())
                .tags(tags(key));
        if (key.metric().type() == Metric.Type.SECONDS) {
            gauge.baseUnit("seconds");
        }
        gauge.register(Metrics.globalRegistry);
        return value;
    }

    private static List<Tag> tags(Key key) {
        List<Tag> tags = new ArrayList<>();
        for (int i = 0; i < key.tags().size(); i++) {
            tags.add(Tag.of(key.metric().tags().get(i), key.tags().get(i)));
        }
        return tags;
    }
}
