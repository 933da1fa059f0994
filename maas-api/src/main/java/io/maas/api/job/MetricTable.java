package io.maas.api.job;

import static java.util.Map.entry;

import io.maas.error.InvalidInputException;
import io.maas.error.Require;
import io.maas.training.metric.Average;
import io.maas.training.metric.Metric;
import io.maas.training.metric.Metrics;
import io.maas.training.preprocessing.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** What a job may measure. */
final class MetricTable {
    private static final int MAX = 32;

    /** Of numbers that are predicted; all others are of classes. */
    private static final Set<String> OF_NUMBERS = Set.of("rmse", "mae", "r2", "mape");

    private static final SortedMap<String, Function<Declared, Metric>> TYPES = new TreeMap<>(Map.ofEntries(
            entry("top_accuracy", it -> Metrics.topAccuracy(it.count("k", 1 << 20))),
            entry("precision", it -> Metrics.precision(average(it))),
            entry("recall", it -> Metrics.recall(average(it))),
            entry("f1", it -> Metrics.f1(average(it))),
            entry("f_beta", it -> Metrics.fBeta(it.number("beta"), average(it))),
            entry("roc_auc", it -> Metrics.rocAuc(average(it))),
            entry("pr_auc", it -> Metrics.prAuc(average(it))),
            plain("log_loss", Metrics::logLoss),
            plain("perplexity", Metrics::perplexity),
            plain("calibration_error", Metrics::calibrationError),
            plain("rmse", Metrics::rmse),
            plain("mae", Metrics::mae),
            plain("r2", Metrics::r2),
            plain("mape", Metrics::mape)));

    private MetricTable() {}

    private static Map.Entry<String, Function<Declared, Metric>> plain(String name, Supplier<Metric> metric) {
        return entry(name, it -> metric.get());
    }

    private static Average average(Declared it) {
        return it.choice("average", Average.values(), Average.BINARY);
    }

    static List<Metric> read(List<Map<String, Object>> declared, Target.Kind target) {
        if (declared.size() > MAX) {
            throw new InvalidInputException("metrics: " + declared.size() + " (expected: at most " + MAX + ")");
        }
        List<Metric> read = new ArrayList<>();
        for (Map<String, Object> each : declared) {
            Metric metric = read(new Declared("metrics[" + read.size() + "]", each), target);
            if (read.stream().anyMatch(other -> other.name().equals(metric.name()))) {
                throw new InvalidInputException(
                        "metrics: " + Require.quote(metric.name()) + " twice (expected: each once)");
            }
            read.add(metric);
        }
        return read;
    }

    /** @param target the kind that it is to be for */
    static Metric read(Declared it, Target.Kind target) {
        Object name = it.peek("type");
        Function<Declared, Metric> type = it.type(TYPES);
        boolean ofNumbers = name instanceof String text && OF_NUMBERS.contains(text);
        if (ofNumbers != (target == Target.Kind.NUMBER)) {
            throw it.refusal(
                    "type",
                    Require.quote(String.valueOf(name)),
                    "one for a target of type " + target.name().toLowerCase(Locale.ROOT) + ": "
                            + TYPES.keySet().stream()
                                    .filter(each -> OF_NUMBERS.contains(each) != ofNumbers)
                                    .toList());
        }
        Metric metric = it.made(() -> type.apply(it));
        it.end();
        return metric;
    }
}
