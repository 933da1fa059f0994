package io.maas.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.ArtifactRejectedException;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PipelineDefinitionTest {
    private static Step step(String name, String... inputs) {
        Map<String, String> bound = new java.util.TreeMap<>();
        for (String input : inputs) {
            bound.put("in" + bound.size(), input);
        }
        return Step.of(name, Work.model("m"), bound);
    }

    private static PipelineDefinition.Builder taking(String input) {
        return PipelineDefinition.builder().input(input, DataType.FLOAT32, "batch");
    }

    @Test
    void aCycleIsRefusedNamingItsSteps() {
        assertThatThrownBy(() -> taking("x")
                        .step(step("first", "x"))
                        .step(step("a", "c.y", "first.y"))
                        .step(step("b", "a.y"))
                        .step(step("c", "b.y"))
                        .output("y", "c.y")
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "steps: a reads c reads b reads a (expected: no cycle); bind one of them to something else");
    }

    @Test
    void whatNobodyMakesIsRefused() {
        assertThatThrownBy(() -> taking("x")
                        .step(step("a", "tokens.ids"))
                        .output("y", "a.y")
                        .build())
                .hasMessage(
                        "step \"a\", \"in0\": nobody makes \"tokens.ids\" (expected: one of the inputs [x], or step.output"
                                + " with one of the steps [a])");
        assertThatThrownBy(() ->
                        taking("x").step(step("a", "x")).output("y", "b.y").build())
                .hasMessageStartingWith("output, \"y\": nobody makes \"b.y\"");
    }

    @Test
    void namesAreUniqueAndStepsOfUse() {
        assertThatThrownBy(() -> taking("x")
                        .step(step("a", "x"))
                        .step(step("a", "x"))
                        .output("y", "a.y")
                        .build())
                .hasMessage("step: \"a\" (expected: each name once)");
        assertThatThrownBy(() -> taking("x")
                        .step(step("a", "x"))
                        .step(step("b", "x"))
                        .output("y", "a.y")
                        .build())
                .hasMessageStartingWith("step: \"b\" (expected: an output of it to be read by another step");
        assertThatThrownBy(() ->
                        taking("a.1").step(step("a", "a.1")).output("y", "a.y").build())
                .hasMessageStartingWith("input: \"a.1\" (expected: a name that does not look like an output of a step");
        assertThatThrownBy(() -> step("a.b", "x")).hasMessage("step: \"a.b\" (expected: a name without a dot)");
        assertThatThrownBy(() -> Work.model("minilm:latest"))
                .hasMessage("model: \"minilm:latest\" (expected: a name, or a name and the number of a version such as"
                        + " minilm:3)");
    }

    private static PipelineDefinition everything() {
        Work choose = new Work.Choose(
                Map.of("true", Work.model("large:3"), "otherwise", new Work.Pass(Map.of("scores", "kept"))));
        return taking("input.1")
                .step(step("a", "input.1").withTimeout(Duration.ofMillis(20)).withFallback(Work.function("guess")))
                .step(Step.of("f", Work.function("f"), Map.of("text", "input.1"))
                        .withFallback(new Work.Give(Tensors.of("t", Tensor.of(new String[] {"ä"}, 1)))))
                .step(Step.of("m", new Work.Mean(Map.of("l", 0.1, "r", 2.0)), Map.of("l", "a.y", "r", "f.t")))
                .step(Step.of("v", new Work.Vote(), Map.of("l", "a.y")))
                .step(Step.of("j", new Work.Join(), Map.of("l", "m.mean", "r", "v.label")))
                .step(Step.of("u", new Work.Unsure(Work.Confidence.MARGIN, 0.25), Map.of("scores", "j.joined")))
                .step(Step.of("c", choose, Map.of("by", "u.unsure", "kept", "a.y")))
                .output("z", "c.scores")
                .output("a", "a.y")
                .build();
    }

    @Test
    void everyDefinitionIsReadBackTheSame() {
        PipelineDefinition definition = everything();
        byte[] bytes = DefinitionJson.write(definition);

        assertThat(DefinitionJson.read(bytes, "p:1")).isEqualTo(definition);
        assertThat(DefinitionJson.write(DefinitionJson.read(bytes, "p:1"))).isEqualTo(bytes);
        assertThat(definition.models()).containsExactly("large", "m");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"format\":\"1\" | \"format\":\"2\" | format: 2 (expected: 1)",
                "\"kind\":\"vote\" | \"kind\":\"class\" | kind: \"class\" (expected: model, function, give, mean, vote, join,",
                "\"model\":\"large:3\" | \"model\":\"http://x\" | model: \"http://x\" (expected:",
                "\"from\":\"a.y\" | \"from\":\"b.y\" | nobody makes \"b.y\"",
                "\"measure\":\"MARGIN\" | \"measure\":\"?\" | ?",
                "\"timeoutNanos\":\"20000000\" | \"timeoutNanos\":\"-5\" | timeout: PT",
                "{\"format\" | {\"code\":\"1\",\"format\" | field \"code\": unknown",
            })
    void oddDefinitionsAreRefusedNamingWhatIsOdd(String good, String bad, String expected) {
        String json = new String(DefinitionJson.write(everything()), StandardCharsets.UTF_8);
        assertThat(json).contains(good);

        assertThatThrownBy(() -> DefinitionJson.read(json.replace(good, bad).getBytes(StandardCharsets.UTF_8), "p:1"))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("definition of pipeline p:1 is not valid: ")
                .hasMessageContaining(expected);
    }

    @Test
    void anyDamageIsRefusedAsDamage() {
        byte[] bytes = DefinitionJson.write(everything());
        java.util.Random random = new java.util.Random(7);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] damaged = bytes.clone();
            damaged[random.nextInt(damaged.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                DefinitionJson.read(damaged, "p:1");
            } catch (ArtifactRejectedException e) {
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
    }
}
