package io.maas.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.maas.error.ArtifactRejectedException;
import io.maas.model.Signature;
import io.maas.registry.StoredModelRegistry;
import io.maas.registry.Version;
import io.maas.serving.LoadPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForeignModelTest {
    @TempDir
    Path folder;

    @Test
    void takesAnOnnxFileWithTheSignatureOfItsGraph() throws IOException {
        Models.write(folder.resolve("twice.onnx"));
        ForeignModel model = ForeignModel.read(folder.resolve("twice.onnx")).get(0);
        assertThat(model.name()).isEqualTo("twice");
        assertThat(model.artifact().signature()).isEqualTo(Signature.of(Models.doubling()));
        assertThat(model.notes())
                .containsExactly("signature [x: float32[batch, 2]] to [y: float32[batch, 2]] is that of the graph");
    }

    @Test
    void takesAModelOfTritonWithItsVersionsAndSaysWhatItLeaves() throws IOException {
        Path place = folder.resolve("doubling");
        Models.copy("config.pbtxt", place.resolve("config.pbtxt"));
        Models.write(place.resolve("labels.txt"), "small\nlarge\n");
        Models.write(place.resolve("3/model.onnx"));
        Models.write(place.resolve("12/model.onnx"));
        Models.write(place.resolve("12/model.plan"), "for a GPU");

        List<ForeignModel> models = ForeignModel.read(place);

        assertThat(models).extracting(ForeignModel::name).containsOnly("doubling");
        assertThat(models).extracting(ForeignModel::version).containsExactly(3L, 12L);
        ForeignModel last = models.get(1);
        assertThat(last.options().batching().maxRows()).isEqualTo(16);
        assertThat(last.options().batching().preferredRows()).containsExactly(4, 8);
        assertThat(last.options().instances()).isEqualTo(3);
        assertThat(last.loadPolicy()).isEqualTo(LoadPolicy.latest(2));
        assertThat(last.artifact().labels()).containsExactly("small", "large");
        assertThat(last.notes())
                .containsExactly(
                        "version 12 of Triton gets the registry's next number",
                        "input.format is not taken over",
                        "dynamic_batching.max_queue_delay_microseconds: \"100\" is not needed: batches are formed of what"
                                + " waits while a run is under way",
                        "dynamic_batching.preserve_ordering is not taken over",
                        "instance_group.kind \"KIND_GPU\" is not taken over: instances run on the CPU",
                        "instance_group[1].gpus is not taken over",
                        "optimization is not taken over",
                        "parameters is not taken over",
                        "file \"12/model.plan\" is not taken over");
    }

    @Test
    void isPublishedUnderNumbersOfTheRegistryAndRemembersItsOwn() throws IOException {
        Path repository = folder.resolve("repository");
        Models.write(repository.resolve("b/7/model.onnx"));
        Models.write(repository.resolve("a/1/model.onnx"));
        Models.write(repository.resolve("README"), "not a model");
        StoredModelRegistry registry = StoredModelRegistry.open(folder.resolve("registry"));
        for (ForeignModel model : ForeignModel.read(repository)) {
            registry.publish(model.name(), model.artifact());
        }
        assertThat(registry.models()).containsExactly("a", "b");
        Version version = registry.resolve("b", "latest");
        assertThat(version.number()).isEqualTo(1);
        assertThat(version.manifest().tags())
                .containsEntry("imported.from", "triton")
                .containsEntry("imported.version", "7");
    }

    @Test
    void takesAModelOfMlflowAndSaysWhatItLeaves() throws IOException {
        Models.copy("MLmodel", folder.resolve("MLmodel"));
        Models.write(folder.resolve("model.onnx"));
        Models.write(folder.resolve("requirements.txt"), "onnxruntime\n");

        ForeignModel model = ForeignModel.read(folder).get(0);

        assertThat(model.name()).isEqualTo("clouds");
        assertThat(model.artifact().manifest().tags())
                .containsEntry("imported.from", "mlflow")
                .containsEntry("mlflow.run_id", "e13da8ac-b1e6-45d4-a9b2-6a0a5cfac537")
                .containsEntry("mlflow.metadata.team", "weather");
        assertThat(model.notes())
                .containsExactly(
                        "model_uuid is tag mlflow.model_uuid",
                        "run_id is tag mlflow.run_id",
                        "mlflow_version is tag mlflow.mlflow_version",
                        "utc_time_created is tag mlflow.utc_time_created",
                        "metadata [team] are tags behind mlflow.metadata.",
                        "signature: output \"y\" is declared as float32[-1, 3], but the graph has y: float32[batch, 2],"
                                + " which counts",
                        "flavor python_function is not taken over",
                        "flavors.onnx.onnx_version is not taken over: \"1.16.1\"",
                        "flavors.onnx.providers is not taken over: \"[CUDAExecutionProvider, CPUExecutionProvider]\"",
                        "model_size_bytes is not taken over",
                        "file \"requirements.txt\" is not taken over: it is for Python");
    }

    @Test
    void refusesWhatItCannotRunOrWhatContradictsTheModel() throws IOException {
        Path place = folder.resolve("m");
        Models.write(place.resolve("1/model.onnx"));
        refusedConfig(
                place,
                "platform: \"tensorrt_plan\"",
                "backend: \"tensorrt_plan\" (expected: onnxruntime; export the model to ONNX)");
        refusedConfig(place, "backend: 'python'", "backend: \"python\" (expected: onnxruntime");
        refusedConfig(
                place, "input { name: \"z\" data_type: TYPE_FP32 dims: [1] }", "input: \"z\" (expected: one of [x])");
        refusedConfig(
                place,
                "max_batch_size: 8 input { name: \"x\" data_type: TYPE_FP32 dims: [3] }",
                "input x: float32[3] behind the batch (expected: x: float32[batch, 2], as the model has it)");
        refusedConfig(place, "input { name: \"x\" data_type: TYPE_INT8 dims: [-1, 2] }", "input x: int8[-1, 2]");
        refusedConfig(place, "input { name: \"x\" data_type: TYPE_ODD dims: 2 }", "data_type of x: \"TYPE_ODD\"");
        refusedConfig(place, "max_batch_size: many", "max_batch_size: \"many\" (expected: a whole number)");
        refusedConfig(
                place,
                "max_batch_size: 4\ndynamic_batching { preferred_batch_size: [8] }",
                "preferred_batch_size: 8 (expected: 1 to max_batch_size)");
        refusedConfig(place, "\ninput [", "line 2: the end (expected: a message or a colon)");
        assertThatThrownBy(() -> ForeignModel.read(folder.resolve("none")))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageStartingWith("no model in ");
    }

    private static void refusedConfig(Path place, String config, String message) throws IOException {
        Models.write(place.resolve("config.pbtxt"), config);
        assertThatThrownBy(() -> ForeignModel.read(place))
                .as(config)
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("config.pbtxt: " + message);
    }

    @Test
    void namesAndLinksLeadNowhere() throws IOException {
        Models.write(folder.resolve("secret.onnx"));
        Path triton = folder.resolve("t");
        Files.createDirectories(triton.resolve("1"));
        Files.createSymbolicLink(triton.resolve("1/model.onnx"), folder.resolve("secret.onnx"));
        assertThatThrownBy(() -> ForeignModel.read(triton))
                .isInstanceOf(ArtifactRejectedException.class)
                .hasMessageContaining("no file model.onnx in ");
        Path mlflow = folder.resolve("m");
        for (String name : List.of("../secret.onnx", "/etc/passwd", "..", "a/../../secret.onnx", "C:\\\\x", "")) {
            Models.write(mlflow.resolve("MLmodel"), "flavors: {onnx: {data: \"" + name + "\"}}");
            assertThatThrownBy(() -> ForeignModel.read(mlflow))
                    .as(name)
                    .isInstanceOf(ArtifactRejectedException.class)
                    .hasMessageContaining("is refused (expected: a name of letters, digits");
            Models.write(triton.resolve("config.pbtxt"), "default_model_filename: \"" + name + "\"");
            assertThatThrownBy(() -> ForeignModel.read(triton)).as(name).isInstanceOf(ArtifactRejectedException.class);
        }
    }

    @Test
    void hostileYamlIsRefused() throws IOException {
        StringBuilder bomb = new StringBuilder("a: &a [x, x]\n");
        for (char c = 'b'; c < 'z'; c++) {
            bomb.append(c)
                    .append(": &")
                    .append(c)
                    .append(" [*")
                    .append((char) (c - 1))
                    .append(", *")
                    .append((char) (c - 1))
                    .append("]\n");
        }
        for (String odd : List.of(
                bomb.toString(),
                "!!javax.script.ScriptEngineManager [!!java.net.URL [\"http://localhost/\"]]",
                "a: 1\na: 2",
                "[",
                "just a text",
                "flavors: [onnx]",
                "flavors: {onnx: {}}",
                "[".repeat(100_000),
                "x: " + "y".repeat(2_000_000))) {
            Models.write(folder.resolve("MLmodel"), odd);
            assertThatThrownBy(() -> ForeignModel.read(folder))
                    .as(odd.substring(0, Math.min(60, odd.length())))
                    .isInstanceOf(ArtifactRejectedException.class);
        }
    }
}
