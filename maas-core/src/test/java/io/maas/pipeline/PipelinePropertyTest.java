package io.maas.pipeline;

import static io.maas.pipeline.Models.column;
import static io.maas.pipeline.Models.floats;
import static org.assertj.core.api.Assertions.assertThat;

import io.maas.model.Prediction;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random pipelines against a straightforward evaluation of the same steps, one after the other. */
@Timeout(120)
class PipelinePropertyTest {
    private static final int STEPS = 25;

    private final Models models = new Models();

    @BeforeEach
    void deploy() {
        models.model("twice", x -> 2 * x).by = models.executor;
        models.model("minus-one", x -> x - 1);
        models.model("broken", x -> {
            throw new IllegalStateException("broken");
        });
        models.model(
                        "subtract",
                        new Signature(List.of(floats("l", "n", 1), floats("r", "n", 1)), List.of(floats("y", "n", 1))),
                        inputs -> Tensors.of(
                                "y",
                                column(subtract(
                                        inputs.get("l").toDoubleArray(),
                                        inputs.get("r").toDoubleArray()))))
                .by = models.executor;
        TensorSpec up = new TensorSpec("up", DataType.BOOL, Shape.symbolic("n"));
        models.pipelines.register(new PipelineFunction(
                "up", new Signature(List.of(floats("x", "n", 1)), List.of(up)), inputs -> {
                    double[] x = inputs.get("x").toDoubleArray();
                    boolean[] flags = new boolean[x.length];
                    for (int i = 0; i < x.length; i++) {
                        flags[i] = x[i] > 0;
                    }
                    return Tensors.of("up", Tensor.of(flags, x.length));
                }));
    }

    @AfterEach
    void close() {
        models.close();
    }

    private static double[] subtract(double[] left, double[] right) {
        double[] result = left.clone();
        Arrays.setAll(result, i -> (double) (float) (left[i] - right[i]));
        return result;
    }

    /** A pipeline that grows, and beside it what its values are. */
    private static final class Growing {
        final Random random;
        final List<Step> steps = new ArrayList<>();
        final Map<String, double[]> values = new LinkedHashMap<>();
        final Set<String> fellBack = new HashSet<>();

        Growing(Random random, double[] x) {
            this.random = random;
            values.put("x", x);
        }

        String any() {
            List<String> names = List.copyOf(values.keySet());
            return names.get(random.nextInt(names.size()));
        }

        double[] value(String name) {
            return Objects.requireNonNull(values.get(name), name);
        }

        void grow() {
            String name = "s" + steps.size();
            String left = any();
            String right = any();
            double[] l = value(left);
            double[] r = value(right);
            switch (random.nextInt(6)) {
                case 0 -> add(name, Work.model("twice"), Map.of("x", left), "y", map(l, x -> 2 * x));
                case 1 -> add(name, Work.model("subtract"), Map.of("l", left, "r", right), "y", subtract(l, r));
                case 2 -> add(name, new Work.Mean(Map.of()), Map.of("a", left, "b", right), "mean", mean(l, r));
                case 3 -> add(name, new Work.Pass(Map.of("same", "x")), Map.of("x", left), "same", l);
                case 4 -> {
                    steps.add(Step.of(name, Work.model("broken"), Map.of("x", left))
                            .withFallback(Work.model("minus-one")));
                    values.put(name + ".y", map(l, x -> x - 1));
                    fellBack.add(name);
                }
                default -> choose(name, left, right, l, r);
            }
        }

        private void choose(String name, String left, String right, double[] l, double[] r) {
            String gate = name + "-gate";
            steps.add(Step.of(gate, Work.function("up"), Map.of("x", left)));
            Work work =
                    new Work.Choose(Map.of("true", Work.model("twice"), "false", new Work.Pass(Map.of("y", "other"))));
            double[] chosen = l.clone();
            Arrays.setAll(chosen, i -> l[i] > 0 ? (double) (float) (2 * l[i]) : r[i]);
            add(name, work, Map.of("by", gate + ".up", "x", left, "other", right), "y", chosen);
        }

        private void add(String name, Work work, Map<String, String> inputs, String output, double[] value) {
            steps.add(Step.of(name, work, inputs));
            values.put(name + "." + output, value);
        }

        private static double[] map(double[] values, java.util.function.DoubleUnaryOperator each) {
            return Arrays.stream(values)
                    .map(x -> (double) (float) each.applyAsDouble(x))
                    .toArray();
        }

        private static double[] mean(double[] l, double[] r) {
            double[] mean = l.clone();
            Arrays.setAll(mean, i -> (double) (float) (0.5 * l[i] + 0.5 * r[i]));
            return mean;
        }

        PipelineDefinition definition() {
            PipelineDefinition.Builder builder = PipelineDefinition.builder().input("x", DataType.FLOAT32, "batch", 1);
            Collections.shuffle(steps, random);
            steps.forEach(builder::step);
            outputs().forEach(name -> builder.output(name, name));
            return builder.build();
        }

        /** What no step reads, so that each step is of use. */
        List<String> outputs() {
            Set<String> read = new HashSet<>();
            steps.forEach(step -> read.addAll(step.inputs().values()));
            return values.keySet().stream()
                    .filter(name -> !read.contains(name) && !name.equals("x"))
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void aPipelineGivesWhatItsStepsGiveOneAfterTheOther(long seed) {
        Random random = new Random(seed);
        int rows = 1 + random.nextInt(9);
        double[] x = random.ints(rows, -5, 6).asDoubleStream().toArray();
        Growing growing = new Growing(random, x);
        for (int i = 0; i < STEPS; i++) {
            growing.grow();
        }
        PipelineDefinition definition = growing.definition();
        Pipeline pipeline = models.pipelines.of("p", DefinitionJson.read(DefinitionJson.write(definition), "p"));
        Map<String, CompletableFuture<Prediction>> answers = new HashMap<>();
        for (int i = 0; i < 10; i++) {
            answers.put("request " + i, pipeline.predictAsync(Tensors.of("x", column(x))));
        }

        answers.forEach((title, answer) -> {
            Prediction prediction = answer.join();
            assertThat(prediction.outputs().names()).isEqualTo(growing.outputs());
            for (String name : growing.outputs()) {
                assertThat(prediction.get(name).toDoubleArray())
                        .as("%s of seed %d, output %s", title, seed, name)
                        .containsExactly(growing.value(name));
            }
            assertThat(prediction.fallbacks()).containsExactlyInAnyOrderElementsOf(growing.fellBack);
        });
    }
}
