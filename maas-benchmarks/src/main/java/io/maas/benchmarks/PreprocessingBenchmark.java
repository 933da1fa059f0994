package io.maas.benchmarks;

import io.maas.backend.Backend;
import io.maas.backend.Backends;
import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Lineage;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.training.preprocessing.Categories;
import io.maas.training.preprocessing.DatePart;
import io.maas.training.preprocessing.DateParts;
import io.maas.training.preprocessing.FittedPreprocessing;
import io.maas.training.preprocessing.Numbers;
import io.maas.training.preprocessing.Preprocessing;
import io.maas.training.preprocessing.RawModel;
import io.maas.training.preprocessing.Unseen;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What preprocessing costs where a model is served: inside its graph ({@code inGraph}), or in Java in front of it ({@code inJava}),
 * beside the network alone ({@code network}). Eight numbers with gaps, three columns of text, and with {@code dates} one of dates;
 * into a network of two layers of 64.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class PreprocessingBenchmark {
    private static final int NUMBERS = 8;
    private static final int TEXTS = 3;
    private static final int WORDS = 40;
    private static final int HIDDEN = 64;

    @Param({"1", "1000"})
    private int rows;

    @Param({"false", "true"})
    private boolean dates;

    private FittedPreprocessing fitted;
    private Program whole;
    private Program alone;
    private Tensors raw;
    private Tensors features;

    @Setup(Level.Trial)
    public void open() {
        fitted = recipe(dates).fit(columns(5000, 1));
        Graph network = network(fitted.features().size());
        Backend backend = Backends.load().preferred();
        // Makes sure that both ways give the same.
        Graph joined = RawModel.of(fitted, network, Lineage.unknown(), backend).graph();
        whole = backend.compile(joined, ProgramOptions.serving());
        alone = backend.compile(network, ProgramOptions.serving());
        raw = fitted.inputs(columns(rows, 2));
        features = inJavaFeatures();
    }

    private static Preprocessing recipe(boolean dates) {
        String[] numbers = new String[NUMBERS];
        for (int i = 0; i < NUMBERS; i++) {
            numbers[i] = "number" + i;
        }
        Preprocessing recipe = Preprocessing.of(
                Numbers.of(numbers).fillMedian().standardize(),
                Categories.of("text0", "text1", "text2").unseen(Unseen.ALL_ZERO));
        return dates
                ? recipe.with(DateParts.of("day")
                        .parts(DatePart.MONTH, DatePart.WEEKDAY)
                        .cyclic())
                : recipe;
    }

    private static Tensors columns(int rows, long seed) {
        Random random = new Random(seed);
        Map<String, Tensor> columns = new LinkedHashMap<>();
        for (int i = 0; i < NUMBERS; i++) {
            double[] values = random.doubles(rows)
                    .map(x -> x < 0.1 ? Double.NaN : 100 * x)
                    .toArray();
            columns.put("number" + i, Tensor.of(values));
        }
        for (int i = 0; i < TEXTS; i++) {
            String[] words = random.ints(rows, 0, WORDS)
                    .mapToObj(word -> "category " + word)
                    .toArray(String[]::new);
            columns.put("text" + i, Tensor.of(words));
        }
        columns.put(
                "day",
                Tensor.of(random.ints(rows, 0, 20_000)
                        .mapToObj(day -> LocalDate.ofEpochDay(day).toString())
                        .toArray(String[]::new)));
        return Tensors.copyOf(columns);
    }

    private static Graph network(int width) {
        Random random = new Random(3);
        GraphBuilder b = new GraphBuilder("network");
        Value x = b.input("features", DataType.FLOAT32, Shape.symbolic("batch", width));
        Value w1 = b.constant("w1", Tensor.of(Perceptron.random(width * HIDDEN, random), width, HIDDEN));
        Value w2 = b.constant("w2", Tensor.of(Perceptron.random(HIDDEN * HIDDEN, random), HIDDEN, HIDDEN));
        b.output("scores", b.relu(b.matmul(b.relu(b.matmul(x, w1)), w2)));
        return b.build();
    }

    private Tensors inJavaFeatures() {
        return fitted.transform(raw);
    }

    @TearDown(Level.Trial)
    public void close() {
        whole.close();
        alone.close();
    }

    /** Raw columns to scores, as one graph. */
    @Benchmark
    public Tensors inGraph() {
        return whole.run(raw);
    }

    /** Raw columns to features in Java, and these to scores. */
    @Benchmark
    public Tensors inJava() {
        return alone.run(inJavaFeatures());
    }

    /** Features to scores. */
    @Benchmark
    public Tensors network() {
        return alone.run(features);
    }

    /** Raw columns to features in Java. */
    @Benchmark
    public Tensors features() {
        return inJavaFeatures();
    }
}
