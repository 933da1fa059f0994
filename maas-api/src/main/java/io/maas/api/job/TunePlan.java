package io.maas.api.job;

import io.maas.error.Require;
import io.maas.training.data.ColumnType;
import io.maas.training.finetune.FineTune;
import io.maas.training.finetune.Lora;
import io.maas.training.layer.Layer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a job goes on from a published version.
 *
 * @param model whose version
 * @param version a number, an alias, or {@code latest}
 * @param inputs for an input of several numbers a row, the columns that they are in
 * @param output what training looks at; null for the first output
 * @param freeze patterns of weights that do not learn
 * @param only patterns of those that do; empty for all
 * @param head layers behind the output
 * @param rates factors of the learning rate, by pattern
 * @param lora null to train the weights themselves
 * @param classes names of the target's classes in the order of the scores; empty to take those that the version has
 */
record TunePlan(
        String model,
        String version,
        Map<String, List<String>> inputs,
        @Nullable String output,
        List<String> freeze,
        List<String> only,
        List<Layer> head,
        Map<String, Double> rates,
        @Nullable Lora lora,
        List<String> classes) {
    private static final int MAX_STARS = 4;

    /** @param columns of the data set */
    static TunePlan read(Map<String, Object> declared, Map<String, ColumnType> columns) {
        Declared it = new Declared("fine_tune", declared);
        String model = it.text("model");
        it.made(() -> Require.name(model, "model"));
        String version = it.peek("version") instanceof Long
                ? Long.toString(it.whole("version", 1, Integer.MAX_VALUE))
                : it.text("version");
        it.made(() -> Require.name(version, "version"));
        TunePlan plan = new TunePlan(
                model,
                version,
                inputs(it.objectOrNull("inputs"), columns),
                it.textOrNull("output"),
                patterns(it, "freeze"),
                patterns(it, "train_only"),
                LayerTable.readAll(it.objects("head")),
                rates(it.objectOrNull("rates")),
                lora(it.objectOrNull("lora")),
                it.texts("classes"));
        it.end();
        return plan;
    }

    private static Map<String, List<String>> inputs(@Nullable Declared it, Map<String, ColumnType> columns) {
        Map<String, List<String>> inputs = new LinkedHashMap<>();
        if (it != null) {
            for (String name : it.names()) {
                List<String> sources = it.someTexts(name);
                sources.forEach(column ->
                        FeatureTable.require(it.path() + "." + name, column, columns, List.of(ColumnType.values())));
                inputs.put(name, sources);
            }
        }
        return inputs;
    }

    private static Map<String, Double> rates(@Nullable Declared it) {
        Map<String, Double> rates = new LinkedHashMap<>();
        if (it != null) {
            for (String pattern : it.names()) {
                requirePlain(it, pattern, pattern);
                rates.put(pattern, rate(it, pattern));
            }
        }
        return rates;
    }

    private static double rate(Declared it, String pattern) {
        double rate = it.number(pattern);
        return it.made(pattern, () -> Require.positive(rate, "rate"));
    }

    private static @Nullable Lora lora(@Nullable Declared it) {
        if (it == null) {
            return null;
        }
        int rank = it.count("rank", 4096);
        List<String> patterns = patterns(it, "patterns");
        double alpha = it.number("alpha", 2.0 * rank);
        Lora lora = it.made(() -> Lora.of(rank, patterns.toArray(new String[0])).withAlpha(alpha));
        it.end();
        return lora;
    }

    private static List<String> patterns(Declared it, String member) {
        List<String> patterns = it.texts(member);
        patterns.forEach(pattern -> requirePlain(it, member, pattern));
        return patterns;
    }

    /** A regular expression of a stranger's can take any time. */
    private static void requirePlain(Declared it, String member, String pattern) {
        if (pattern.startsWith("regex:")
                || pattern.chars().filter(c -> c == '*').count() > MAX_STARS) {
            throw it.refusal(
                    member,
                    Require.quote(pattern),
                    "a name with at most " + MAX_STARS + " stars, no regular expression");
        }
    }

    /** The recipe, without seed and engine. */
    FineTune applyTo(FineTune recipe) {
        if (output != null) {
            recipe.output(output);
        }
        if (!head.isEmpty()) {
            recipe.head(head.toArray(new Layer[0]));
        }
        recipe.freeze(freeze.toArray(new String[0]));
        recipe.trainOnly(only.toArray(new String[0]));
        rates.forEach(recipe::rate);
        return lora == null ? recipe : recipe.lora(lora);
    }
}
