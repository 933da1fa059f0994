package io.maas.training.preprocessing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.maas.Maas;
import io.maas.adapter.Label;
import io.maas.adapter.Row;
import io.maas.adapter.TypedModel;
import io.maas.error.InvalidInputException;
import io.maas.graph.Attributes;
import io.maas.graph.Op;
import io.maas.model.Model;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.data.Dataset;
import io.maas.training.layer.Input;
import io.maas.training.layer.Layers;
import io.maas.training.layer.NamedValues;
import io.maas.training.layer.Network;
import io.maas.training.loop.Fit;
import io.maas.training.loop.Trained;
import io.maas.training.loop.Trainer;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From raw rows to a deployed model that takes raw rows. */
class RawModelIT {
    private static final List<String> CITIES = List.of("K\u00f6ln", "\u6771\u4eac", "Paris \uD83D\uDE00", "");

    /** Whether somebody comes depends on age, city and month. */
    private static Tensors rows(long seed, int rows) {
        Random random = new Random(seed);
        double[] age = new double[rows];
        long[] visits = new long[rows];
        String[] city = new String[rows];
        String[] day = new String[rows];
        String[] comes = new String[rows];
        for (int i = 0; i < rows; i++) {
            double years = 20 + 40 * random.nextDouble();
            age[i] = random.nextInt(8) == 0 ? Double.NaN : years;
            visits[i] = random.nextInt(9);
            int place = random.nextInt(CITIES.size());
            city[i] = CITIES.get(place);
            int month = 1 + random.nextInt(12);
            day[i] = "2024-%02d-1%d".formatted(month, random.nextInt(10));
            comes[i] = years + 12 * place + (month > 6 ? 10 : 0) + visits[i] > 70 ? "yes" : "no";
        }
        Map<String, Tensor> columns = new LinkedHashMap<>();
        columns.put("age", Tensor.of(age));
        columns.put("visits", Tensor.of(visits));
        columns.put("city", Tensor.of(city));
        columns.put("day", Tensor.of(day));
        columns.put("comes", Tensor.of(comes));
        return Tensors.copyOf(columns);
    }

    private static Tensors without(Tensors rows, String column) {
        Map<String, Tensor> left = rows.toMap();
        left.remove(column);
        return Tensors.copyOf(left);
    }

    private static final Preprocessing RECIPE = Preprocessing.of(
                    Numbers.of("age").fillMedian().indicateMissing().standardize(),
                    Numbers.of("visits").minMax(),
                    DateParts.of("day").parts(DatePart.MONTH).cyclic(),
                    Categories.of("city").ids("place"))
            .predicting(Target.classes("comes").withLabels());

    private static Trained train(FittedPreprocessing fitted, Tensors train, Tensors test) {
        int places = fitted.categories("city").size();
        Network network = Network.of(
                List.of(Input.floats("numbers", fitted.features().size()), Input.ids("place", 1)),
                (scope, in) -> NamedValues.of(
                        "scores",
                        Layers.sequential(Layers.dense(16), Layers.relu(), Layers.dense(2))
                                .apply(
                                        scope,
                                        scope.graph()
                                                .node(
                                                        Op.CONCAT,
                                                        Attributes.of("axis", 1),
                                                        in.get("numbers"),
                                                        Layers.sequential(Layers.embedding(places, 3), Layers.flatten())
                                                                .apply(scope, in.get("place"))))));
        Dataset data = fitted.apply(train);
        return Trainer.of(network, Losses.softmaxCrossEntropy(), Optimizers.adam(1e-2))
                .withSeed(5)
                .fit(data, Fit.epochs(15).validateOn(fitted.apply(test)));
    }

    @Test
    void deployedModelTakesRawRowsAndSaysWhatTrainingSaw(@TempDir Path folder) {
        Tensors train = rows(1, 600);
        Tensors test = rows(2, 200);
        FittedPreprocessing fitted = RECIPE.fit(train);
        assertThat(fitted.features())
                .containsExactly("age", "age=<missing>", "visits", "day.month.sin", "day.month.cos");
        assertThat(fitted.features("place")).containsExactly("city");
        assertThat(fitted.categories("city"))
                .containsExactly("K\u00f6ln", "Paris \uD83D\uDE00", "\u6771\u4eac", "<missing>");
        assertThat(fitted.classes()).containsExactly("no", "yes");
        Trained trained = train(fitted, train, test);
        assertThat(trained.metrics().get("validation.accuracy")).isGreaterThan(0.85);

        RawModel model = trained.withPreprocessing(fitted);
        assertThat(model.lineage().settings().get("preprocessing")).isEqualTo(RECIPE.toString());
        Tensors raw = without(test, "comes");
        Dataset features = fitted.apply(test);
        double[] scores = trained.predict(Tensors.of(
                        "numbers",
                        features.features(),
                        "place",
                        features.extras().get("place")))
                .get("scores")
                .toDoubleArray();
        try (Maas maas = Maas.open(folder)) {
            maas.registry().publish("visits", model.toArtifact());
            maas.deploy("visits");
            Model deployed = maas.model("visits");
            Tensors answer = deployed.predict(raw).outputs();
            assertThat(answer.get("scores").toDoubleArray()).containsExactly(scores, within(1e-5));
            for (int row = 0; row < 200; row++) {
                boolean yes = scores[2 * row + 1] > scores[2 * row];
                assertThat(answer.get("label").strings().get(row)).isEqualTo(yes ? "yes" : "no");
                double sum = answer.get("probabilities").floats().get(2 * row)
                        + answer.get("probabilities").floats().get(2 * row + 1);
                assertThat(sum).isCloseTo(1, within(1e-6));
            }
            refusals(deployed, raw.rows(0, 2));
            asRecords(maas, raw, answer);
        }
    }

    /** A visitor as an application knows one; it has more to say than the model asks. */
    private record Visitor(@Nullable Double age, long visits, String city, String day, String name) {}

    @SuppressWarnings("ArrayRecordComponent") // Never compared.
    private record Guess(String label, float[] scores) {}

    private static void asRecords(Maas maas, Tensors raw, Tensors answer) {
        List<Visitor> visitors = new ArrayList<>();
        for (int row = 0; row < 200; row++) {
            double age = raw.get("age").doubles().get(row);
            visitors.add(new Visitor(
                    Double.isNaN(age) ? null : age,
                    raw.get("visits").longs().get(row),
                    raw.get("city").strings().get(row),
                    raw.get("day").strings().get(row),
                    "somebody"));
        }
        List<Label> labels = maas.model("visits", Visitor.class, Label.class).predictAll(visitors);
        List<Guess> guesses = maas.model("visits", Visitor.class, Guess.class).predictAll(visitors);
        assertThat(labels).extracting(Label::name).isEqualTo(answer.get("label").strings());
        assertThat(guesses)
                .extracting(Guess::label)
                .isEqualTo(answer.get("label").strings());
        assertThat(guesses.get(3).scores()[1])
                .isEqualTo(answer.get("scores").floats().get(7), within(1e-5f));
        assertThat(labels.get(0).probabilities().keySet()).containsExactly("no", "yes");
        assertThat(labels.get(5).probabilities().get("yes"))
                .isCloseTo(answer.get("probabilities").floats().get(11), within(1e-5));

        TypedModel<Row, Label> rows = maas.model("visits", Row.class, Label.class);
        Row row = Row.of("age", 31, "visits", 3, "city", null, "day", "2024-02-29");
        assertThat(rows.predict(row).name()).isIn("no", "yes");
        assertThatThrownBy(() -> rows.predict(Row.of("age", "old", "visits", 3, "city", "", "day", "2024-02-29")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("adapter rows: row 0, column \"age\": \"old\" of String (expected: a number, or null for a"
                        + " missing value, as the column is float64)");
        assertThatThrownBy(() -> rows.predictAll(List.of(row, Row.of("age", 31, "visits", 3.5, "city", "", "day", ""))))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith("item 1 of 2: adapter rows: row 0, column \"visits\": \"3.5\" of Double"
                        + " (expected: a whole number from ");
        assertThatThrownBy(() -> rows.predict(Row.of("aeg", 31)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessageStartingWith(
                        "adapter rows: row 0, column \"age\": missing from the row (expected: one of" + " [\"aeg\"])");
    }

    private static void refusals(Model deployed, Tensors raw) {
        assertThatThrownBy(() -> deployed.predict(without(raw, "city")))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("input \"city\" of model visits:1 is missing: got [\"age\", \"visits\", \"day\"],"
                        + " expected city: string[batch]");
        Map<String, Tensor> elsewhere = raw.toMap();
        elsewhere.put("city", Tensor.of(new String[] {"", "Rom"}));
        assertThatThrownBy(() -> deployed.predict(Tensors.copyOf(elsewhere)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage(
                        "column \"city\": a category that the training data did not have (expected: a category of the"
                                + " training data: missing, \"K\\u00f6ln\", \"Paris \\u1f600\", \"\\u6771\\u4eac\")");
        Map<String, Tensor> never = raw.toMap();
        never.put("day", Tensor.of(new String[] {"2024-02-30", "2024-02-29"}));
        assertThatThrownBy(() -> deployed.predict(Tensors.copyOf(never)))
                .isInstanceOf(InvalidInputException.class)
                .hasMessage("column \"day\": missing or not a date (expected: a date such as 2024-02-29, or"
                        + " 2024-02-29T13:45)");
    }
}
