package io.maas.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.io.ByteSource;
import io.maas.backend.ProgramOptions;
import io.maas.error.GraphException;
import io.maas.error.InvalidInputException;
import io.maas.graph.Attributes;
import io.maas.graph.Graph;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.OnnxReader;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.model.Artifact;
import io.maas.model.Lineage;
import io.maas.model.Signature;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import io.maas.train.Loss;
import io.maas.training.Graphs;
import io.maas.training.layer.Layers;
import io.maas.training.loop.Scores;
import io.maas.training.loss.Losses;
import io.maas.training.optimizer.Optimizers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FineTuneTest {
    private static final ProgramOptions ONE_THREAD = ProgramOptions.training().withThreads(1);

    private static FineTune recipe() {
        return FineTune.from(ByteSource.wrap(OnnxWriter.write(Encoders.tokens())))
                .withOptions(ONE_THREAD);
    }

    private static FineTune classifier() {
        return recipe().head(Heads.meanPooling("mask"), Layers.dense(2));
    }

    private static List<TuningBatch> batches(int count) {
        return LongStream.range(0, count).mapToObj(i -> Encoders.batch(i, 8)).toList();
    }

    private static List<String> learning(FineTune recipe) {
        return recipe.weights().stream()
                .filter(Weight::trainable)
                .map(Weight::name)
                .toList();
    }

    // ---- what learns

    @Test
    void weightsAreTheFloatingPointConstantsOnTheWay() {
        assertThat(learning(recipe()))
                .containsExactly("embeddings.words", "query.weight", "key.weight", "norm.scale", "norm.bias");
        assertThat(learning(recipe().freeze("embeddings*", "regex:norm[.](scale|none)")))
                .containsExactly("query.weight", "key.weight", "norm.bias");
        assertThat(learning(recipe().trainOnly("*.weight").freeze("key*"))).containsExactly("query.weight");
        assertThat(recipe().freeze("embeddings*").summary())
                .contains("embeddings.words", "[20, 6]", "no: frozen by embeddings*", "yes")
                .containsPattern("total +204 +84");
    }

    @Test
    void patternsMatchTheNodeThatReadsAWeight() {
        String node = recipe().weights().stream()
                .filter(weight -> weight.name().equals("query.weight"))
                .findFirst()
                .orElseThrow()
                .readBy();

        assertThat(node).startsWith("MatMul");
        assertThat(learning(recipe().trainOnly(node))).containsExactly("query.weight");
    }

    @Test
    void aValueInsideCutsTheModelThere() {
        Graph model = Encoders.tokens();
        String product = model.nodes().stream()
                .filter(node -> node.op() == Op.MATMUL)
                .findFirst()
                .orElseThrow()
                .output()
                .name();

        assertThat(FineTune.from(model).output(product).weights())
                .extracting(Weight::name)
                .contains("embeddings.words", "query.weight")
                .doesNotContain("key.weight", "norm.bias");
        assertThatThrownBy(() -> FineTune.from(model).output("hiden"))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("no value \"hiden\"")
                .hasMessageContaining("near it: [hidden");
    }

    // ---- what comes out

    @Test
    void learnsFromBatchesOfEveryLengthAndKeepsItsSignature() {
        Graph model = Encoders.tokens();
        FineTune recipe = FineTune.from(Artifact.of(model).withTag("team", "a").withDescription("words"))
                .withOptions(ONE_THREAD)
                .freeze("embeddings*")
                .lossHead(Heads.meanPooling("mask"), Heads.unitLength())
                .note("parent", "words:1")
                .dataHash("ab".repeat(32));
        try (Tuning tuning = recipe.start(Losses.inBatchNegatives(5), Optimizers.adam(0.02))) {
            double first = tuning.evaluate(pairs()).loss();
            for (int i = 0; i < 20; i++) {
                tuning.train(pairs());
            }
            assertThat(tuning.evaluate(pairs()).loss()).isLessThan(0.8 * first);

            Artifact artifact = tuning.toArtifact();
            assertThat(artifact.signature()).isEqualTo(Signature.of(model));
            assertThat(artifact.manifest().description()).isEqualTo("words");
            assertThat(artifact.manifest().tags()).containsEntry("team", "a");
            assertThat(artifact.manifest().lineage().dataHash()).startsWith("abab");
            assertThat(artifact.manifest().lineage().settings())
                    .containsEntry("parent", "words:1")
                    .containsEntry("steps", "80")
                    .containsEntry("frozen", "embeddings*")
                    .containsEntry("loss", "inBatchNegatives(scale=5.0)");
            assertThat(artifact.manifest().lineage().metrics()).containsKey("validation.loss");
            assertThat(artifact.golden()).isPresent();

            Graph result = OnnxReader.read(artifact.model());
            assertThat(result.constants().get("embeddings.words"))
                    .isEqualTo(model.constants().get("embeddings.words"));
            assertThat(result.constants().get("norm.bias"))
                    .isNotEqualTo(model.constants().get("norm.bias"))
                    .isEqualTo(tuning.weights().get("norm.bias"));
        }
    }

    @Test
    void theResultKnowsTheVersionItCameFrom(@TempDir Path folder) {
        StoredModelRegistry registry = StoredModelRegistry.open(folder);
        Version first = registry.publish("words", Artifact.of(Encoders.tokens()));
        FineTune recipe = FineTune.from(registry, first)
                .withOptions(ONE_THREAD)
                .lossHead(Heads.meanPooling("mask"), Heads.unitLength());
        try (Tuning tuning = recipe.start(Losses.inBatchNegatives(5), Optimizers.adam(0.02))) {
            tuning.train(pairs());
            Version second = registry.publish("words", tuning.toArtifact());

            Lineage lineage = registry.version("words", 2).manifest().lineage();
            assertThat(lineage).isEqualTo(second.manifest().lineage());
            assertThat(lineage.parent()).isEqualTo(new Lineage.Parent("words", 1, first.digest()));
            assertThat(Objects.requireNonNull(lineage.parent()).title()).isEqualTo(first.title());
            assertThat(lineage.weightsHash()).isEqualTo(tuning.weights().hash());
            assertThat(lineage.environment().engine()).matches("onnxruntime [0-9.]+");
            assertThat(first.manifest().lineage().parent()).isNull();
        }
    }

    /** Each row and the same row with its words turned round. */
    private static List<TuningBatch> pairs() {
        return LongStream.range(0, 4)
                .mapToObj(seed -> {
                    Tensor ids = Encoders.batch(seed, 6).inputs().get("ids");
                    int length = (int) ids.shape().size(1);
                    long[] both = new long[2 * 6 * length];
                    for (int i = 0; i < 6 * length; i++) {
                        both[i] = ids.longs().get(i);
                        both[6 * length + i / length * length + (length - 1 - i % length)] = both[i];
                    }
                    long[] ones =
                            LongStream.generate(() -> 1).limit(both.length).toArray();
                    return new TuningBatch(
                            Tensors.of("ids", Tensor.of(both, 12, length), "mask", Tensor.of(ones, 12, length)),
                            Tensor.of(LongStream.range(0, 12).map(i -> i % 6).toArray()));
                })
                .toList();
    }

    @Test
    void aHeadBecomesPartOfTheModel() {
        try (Tuning tuning = classifier().named("classes").start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.02))) {
            for (int i = 0; i < 30; i++) {
                tuning.train(batches(4));
            }
            double accuracy = Objects.requireNonNull(tuning.evaluate(batches(4)).accuracy());
            assertThat(accuracy).isGreaterThan(0.85);

            Graph result = tuning.graph();
            assertThat(result.outputs()).hasSize(1);
            assertThat(result.output("classes").shape()).isEqualTo(Shape.symbolic("batch", 2));
            assertThat(Signature.of(result).isBatchable()).isTrue();

            TuningBatch batch = Encoders.batch(1, 8);
            Tensor scores = Graphs.run(result, batch.inputs().toMap()).get("classes");
            int right = 0;
            for (int row = 0; row < 8; row++) {
                long told = scores.floats().get(2 * row) > scores.floats().get(2 * row + 1) ? 0 : 1;
                right += told == batch.targets().longs().get(row) ? 1 : 0;
            }
            assertThat(right / 8.0)
                    .isCloseTo(
                            Objects.requireNonNull(
                                    tuning.evaluate(List.of(batch)).accuracy()),
                            within(1e-9));
        }
    }

    @Test
    void freezingEverythingTrainsTheHeadAlone() {
        try (Tuning tuning = classifier().freeze("*").start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.02))) {
            tuning.train(batches(1));

            assertThat(tuning.weights().names()).containsExactly("head/dense_1/weight", "head/dense_1/bias");
            assertThat(tuning.learning()).isEqualTo(14);
        }
    }

    @Test
    void aRateMultipliesTheStepOfItsWeights() {
        Graph model = Encoders.tokens();
        Tensors plain = step(classifier());
        Tensors faster = step(classifier().rate("norm*", 3).rate("head/*", 2));

        for (String name : List.of("norm.bias", "query.weight")) {
            Tensor start = Objects.requireNonNull(model.constants().get(name));
            double factor = name.startsWith("norm") ? 3 : 1;
            for (int i = 0; i < start.elements(); i++) {
                double before = start.floats().get(i);
                assertThat(faster.get(name).floats().get(i) - before)
                        .as("%s[%d]", name, i)
                        .isCloseTo(factor * (plain.get(name).floats().get(i) - before), within(1e-6));
            }
        }
    }

    private static Tensors step(FineTune recipe) {
        try (Tuning tuning = recipe.start(Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))) {
            tuning.step(Encoders.batch(3, 8));
            return tuning.weights();
        }
    }

    @Test
    void aHeadMayHaveStatisticsAndDropout() {
        FineTune recipe = recipe().output("first")
                .head(
                        Layers.batchNorm(),
                        Layers.dense(8),
                        Layers.dropout(0.5),
                        Layers.frozen(Layers.dense(4)),
                        Layers.dense(2));
        TuningBatch batch = Encoders.batch(3, 8);
        try (Tuning tuning = recipe.start(Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))) {
            Tensors before = tuning.weights();
            tuning.step(batch);
            Tensors after = tuning.weights();
            Scores scores = tuning.evaluate(List.of(batch));

            assertThat(after.get("head/batchNorm_1/mean")).isNotEqualTo(before.get("head/batchNorm_1/mean"));
            assertThat(after.get("head/dense_2/weight")).isEqualTo(before.get("head/dense_2/weight"));
            assertThat(after.get("head/dense_3/weight")).isNotEqualTo(before.get("head/dense_3/weight"));
            assertThat(tuning.evaluate(List.of(batch))).isEqualTo(scores);
            Tensors served = Graphs.run(tuning.graph(), batch.inputs().toMap());
            assertThat(served)
                    .isEqualTo(Graphs.run(tuning.graph(), batch.inputs().toMap()));
            assertThat(tuning.graph().constants())
                    .containsEntry("head/batchNorm_1/mean", after.get("head/batchNorm_1/mean"))
                    .containsEntry("head/dense_2/weight", after.get("head/dense_2/weight"));
        }
    }

    // ---- adapters

    @Test
    void mergedAdaptersComputeWhatAdaptersApartDo() {
        Lora lora = Lora.of(2, "*.weight").withAlpha(6);
        Tensors inputs = Encoders.batch(9, 5).inputs();
        Tensor before = Graphs.run(Encoders.tokens(), inputs.toMap()).get("hidden");
        Tensor merged;
        Tensor apart;
        try (Tuning tuning = adapted(lora)) {
            merged = Graphs.run(tuning.graph(), inputs.toMap()).get("hidden");
            assertThat(tuning.weights().names())
                    .containsExactly(
                            "lora/query.weight/A", "lora/query.weight/B", "lora/key.weight/A", "lora/key.weight/B");
            assertThat(tuning.graph().constants().keySet())
                    .isEqualTo(Encoders.tokens().constants().keySet());
        }
        try (Tuning tuning = adapted(lora.keptApart())) {
            Graph graph = OnnxReader.read(ByteSource.wrap(OnnxWriter.write(tuning.graph())));
            assertThat(graph.constants()).containsKey("lora/query.weight/A");
            assertThat(graph.constants().get("query.weight"))
                    .isEqualTo(Encoders.tokens().constants().get("query.weight"));
            apart = Graphs.run(graph, inputs.toMap()).get("hidden");
        }

        double largest = 0;
        for (int i = 0; i < merged.elements(); i++) {
            assertThat(apart.floats().get(i)).isCloseTo(merged.floats().get(i), within(1e-5f));
            largest = Math.max(
                    largest, Math.abs(merged.floats().get(i) - before.floats().get(i)));
        }
        assertThat(largest).as("they have learned something").isGreaterThan(1e-3);
    }

    private static Tuning adapted(Lora lora) {
        Tuning tuning = recipe().lora(lora)
                .lossHead(Heads.meanPooling("mask"), Heads.unitLength())
                .start(Losses.inBatchNegatives(5), Optimizers.adam(0.05));
        for (int i = 0; i < 5; i++) {
            tuning.train(pairs());
        }
        return tuning;
    }

    @Test
    void adaptersStartFromTheModelAsItIs() {
        try (Tuning tuning = recipe().lora(Lora.of(2, "*.weight"))
                .lossHead(Heads.meanPooling("mask"))
                .start(Losses.inBatchNegatives(5), Optimizers.adam(0.05))) {
            assertThat(tuning.graph().constants().get("query.weight"))
                    .isEqualTo(Encoders.tokens().constants().get("query.weight"));
            assertThat(tuning.weights().get("lora/key.weight/A").toDoubleArray())
                    .doesNotContain(0.0);
        }
    }

    @Test
    void adaptersTakeTheTransposedWeightOfAGemm() {
        GraphBuilder b = new GraphBuilder("gemm");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Value w = b.constant("w", Encoders.random(1, 5, 3));
        b.output("y", b.gemm(x, false, w, true, b.constant("b", Encoders.random(2, 5))));
        Tensors inputs = Tensors.of("x", Encoders.random(3, 4, 3));
        try (Tuning tuning = FineTune.from(b.build())
                .withOptions(ONE_THREAD)
                .lora(Lora.of(1, "w"))
                .start(Losses.meanSquared(), Optimizers.sgd(1))) {
            for (int i = 0; i < 3; i++) {
                tuning.step(new TuningBatch(inputs, Encoders.random(4, 4, 5)));
            }
            double loss = tuning.evaluate(List.of(new TuningBatch(inputs, Encoders.random(4, 4, 5))))
                    .loss();

            double[] wanted = Encoders.random(4, 4, 5).toDoubleArray();
            double[] given = Graphs.run(tuning.graph(), inputs.toMap()).only().toDoubleArray();
            double mean = 0;
            for (int i = 0; i < given.length; i++) {
                mean += (given[i] - wanted[i]) * (given[i] - wanted[i]) / given.length;
            }
            assertThat(mean).as("loss of the merged model").isCloseTo(loss, within(1e-5));
        }
    }

    // ---- memory

    @Test
    void memoryGrowsWithTheBatchAndShrinksWithWhatIsFrozen() {
        TuningBatch small = Encoders.batch(1, 4);
        TuningBatch large = Encoders.batch(1, 400);
        try (Tuning all = classifier().start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.01));
                Tuning head = classifier().freeze("*").start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.01))) {
            StepMemory memory = all.memory(small);
            // Parameters and two moments, twice: 204 weights and 14 of the head, 4 bytes each.
            assertThat(memory.state()).isEqualTo(2 * 3 * 4 * 218);
            assertThat(all.memory(large).activations()).isGreaterThan(50 * memory.activations());
            assertThat(head.memory(large).activations())
                    .isLessThan(all.memory(large).activations());
            assertThat(head.memory(small).state()).isEqualTo(2 * 3 * 4 * 14);
            assertThat(memory.total()).isEqualTo(memory.frozen() + memory.state() + memory.activations());
        }
    }

    @Test
    void aStepBeyondTheBudgetIsRefusedBeforeItRuns() {
        try (Tuning tuning =
                classifier().memoryBudget(200_000).start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.01))) {
            tuning.step(Encoders.batch(1, 8));
            assertThatThrownBy(() -> tuning.step(Encoders.batch(1, 4000)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("memoryBudget: 1 MB (expected: at least")
                    .hasMessageContaining("ids=[4000, ")
                    .hasMessageContaining("smaller or shorter batches");
            assertThat(tuning.steps()).isEqualTo(1);
        }
        assertThatThrownBy(() ->
                        classifier().memoryBudget(1000).start(Losses.softmaxCrossEntropy(), Optimizers.adam(0.01)))
                .hasMessageContaining("memoryBudget: 1 MB (expected: at least")
                .hasMessageContaining("for the weights that learn");
    }

    @Test
    void passesSeeTheGraphOfTheStep() {
        int[] nodes = new int[1];
        try (Tuning tuning = classifier()
                .pass(graph -> {
                    nodes[0] = graph.nodes().size();
                    return graph;
                })
                .start(Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))) {
            assertThat(nodes[0]).isGreaterThan(Encoders.tokens().nodes().size());
            assertThat(tuning.steps()).isZero();
        }
    }

    // ---- mistakes

    @Test
    void mistakesAreNamed() {
        assertThatThrownBy(() -> recipe().freeze("*decoder*").weights())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("pattern of freeze: \"*decoder*\" (expected: one that matches at least one of")
                .hasMessageContaining("embeddings.words");
        assertThatThrownBy(() -> recipe().freeze("*").weights())
                .hasMessageContaining("weights that learn: 0 (expected: at least one of 5; freeze less");
        assertThatThrownBy(() -> recipe().lora(Lora.of(2, "norm*")).weights())
                .hasMessageContaining("pattern of lora: \"norm*\"");
        assertThatThrownBy(() -> recipe().freeze("regex:(")).hasMessageContaining("pattern: \"regex:(\"");
        assertThatThrownBy(() -> recipe().start(Losses.inBatchNegatives(1), Optimizers.sgd(1)))
                .hasMessageContaining("expected [2·pairs, size] or [pairs, 2 or more, size]; pool the tokens");
        assertThatThrownBy(
                        () -> classifier().rate("decoder*", 2).start(Losses.softmaxCrossEntropy(), Optimizers.sgd(1)))
                .hasMessageContaining("pattern of rate: \"decoder*\"")
                .hasMessageContaining("embeddings.words");
        assertThatThrownBy(
                        () -> recipe().lossHead(Layers.dense(2)).start(Losses.softmaxCrossEntropy(), Optimizers.sgd(1)))
                .hasMessageContaining("what learns belongs into head");
    }

    @Test
    void wrongBatchesAreNamed() {
        try (Tuning tuning = classifier().start(Losses.softmaxCrossEntropy(), Optimizers.sgd(0.1))) {
            TuningBatch good = Encoders.batch(1, 2);
            assertThatThrownBy(() -> tuning.step(
                            new TuningBatch(Tensors.of("ids", good.inputs().get("ids")), good.targets())))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageContaining("input \"mask\" of model under fine-tuning is missing");
            assertThatThrownBy(() -> tuning.step(new TuningBatch(good.inputs(), Tensor.of(new long[] {0, 2}))))
                    .hasMessageContaining("target of the batch, row 1: 2 (expected: 0 <= target <= 1)");
            assertThatThrownBy(() -> tuning.step(new TuningBatch(good.inputs(), Tensor.of(new float[] {0, 1}))))
                    .hasMessageContaining("target of the batch does not fit loss");
            assertThat(tuning.steps()).isZero();
        }
    }

    @Test
    void integersAndWhatLiesBehindOperatorsWithoutGradientCannotLearn() {
        GraphBuilder b = new GraphBuilder("cut");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Value early = b.mul(x, b.constant("early", Encoders.random(1, 3)));
        Value steps = b.node(Op.SIGN, Attributes.none(), early);
        Value table = b.constant("table", Tensor.of(new long[] {2, 0, 1}));
        Value turned = b.node(Op.GATHER, Attributes.of("axis", 1), steps, table);
        b.output("y", b.mul(turned, b.constant("late", Encoders.random(2, 3))));
        Graph model = b.build();

        assertThat(learning(FineTune.from(model))).containsExactly("late");
        assertThatThrownBy(() -> FineTune.from(model).trainOnly("table").weights())
                .hasMessageContaining("table[3] cannot: INT64, not FLOAT32 as the output");
        assertThatThrownBy(() -> FineTune.from(model).trainOnly("early").weights())
                .hasMessageContaining("early[3] cannot: no gradient reaches it");
    }

    @Test
    void anOperatorWithoutAnyRuleIsNamed() {
        Value x = new Value("x", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Value early = new Value("early", DataType.FLOAT32, Shape.of(3));
        Value product = new Value("product", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Value strange = new Value("strange", DataType.FLOAT32, Shape.symbolic("batch", 3));
        Graph model = new Graph(
                "strange",
                List.of(x),
                List.of(strange),
                List.of(
                        new io.maas.graph.Node(
                                Op.MUL, "", "Mul", "product", List.of(x, early), List.of(product), Attributes.none()),
                        new io.maas.graph.Node(
                                Op.OTHER,
                                "com.example",
                                "Magic",
                                "magic",
                                List.of(product),
                                List.of(strange),
                                Attributes.none())),
                Map.of("early", Encoders.random(1, 3)),
                Map.of("", 17, "com.example", 1));

        assertThatThrownBy(() -> FineTune.from(model).weights())
                .hasMessageContaining("weights that learn: 0")
                .hasMessageContaining("early is behind com.example.Magic \"magic\", which has no gradient");
    }

    @Test
    void aModelWithAFixedBatchIsRefused() {
        GraphBuilder b = new GraphBuilder("fixed");
        Value x = b.input("x", DataType.FLOAT32, Shape.of(1, 3));
        b.output("y", b.matmul(x, b.constant("w", Encoders.random(1, 3, 2))));

        assertThatThrownBy(() -> FineTune.from(b.build()).start(Losses.meanSquared(), Optimizers.sgd(0.1)))
                .hasMessageContaining("input: x: float32[1, 3] (expected: a symbol as its first size; export");
    }

    @Test
    void aLossMayReadFurtherColumnsOfABatch() {
        TuningBatch batch = Encoders.batch(1, 4);
        TuningBatch first = new TuningBatch(
                batch.inputs(), batch.targets(), Tensors.of("weight", Tensor.of(new float[] {3, 0, 0, 0})));
        TuningBatch alone =
                new TuningBatch(batch.inputs().rows(0, 1), batch.targets().rows(0, 1));
        Loss entropy = Losses.softmaxCrossEntropy();
        try (Tuning plain = classifier().start(entropy, Optimizers.sgd(0.1));
                Tuning weighted =
                        classifier().start(Losses.softmaxCrossEntropy().weighted(), Optimizers.sgd(0.1))) {
            double loss = plain.step(alone).loss();

            assertThat(weighted.step(first).loss()).isCloseTo(loss, within(1e-6));
            for (String name : plain.weights().names()) {
                assertThat(weighted.weights().get(name).toDoubleArray())
                        .containsExactly(plain.weights().get(name).toDoubleArray(), within(1e-5));
            }
            assertThatThrownBy(() -> weighted.step(batch))
                    .isInstanceOf(InvalidInputException.class)
                    .hasMessageStartingWith("weight of the batch: none (expected: float32[");
        }
    }
}
