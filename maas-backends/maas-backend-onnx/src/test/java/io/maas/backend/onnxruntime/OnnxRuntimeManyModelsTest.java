package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.Maas;
import io.maas.backend.Backends;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Value;
import io.maas.model.Artifact;
import io.maas.registry.StoredModelRegistry;
import io.maas.serving.DeployOptions;
import io.maas.serving.Loading;
import io.maas.serving.ServingOptions;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class OnnxRuntimeManyModelsTest {
    /** Publishing, not serving, is what takes the time. */
    private static final int MODELS = Boolean.getBoolean("maas.nightly") ? 1_000 : 200;

    private static final int RESIDENT = MODELS / 20;

    @TempDir
    Path folder;

    private static Artifact times(int factor) {
        GraphBuilder b = new GraphBuilder("times");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 1));
        b.output("y", b.mul(x, factor));
        return Artifact.of(b.build());
    }

    @Test
    void aTwentiethOfTheModelsIsInMemoryAndAllAnswer() throws Exception {
        OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
        long each = backend.residentBytes(times(1).model().size() + 100);
        ServingOptions options = ServingOptions.defaults().withMemoryBudget(RESIDENT * each);
        ExecutorService callers = Executors.newFixedThreadPool(4);
        try (Maas maas = Maas.open(StoredModelRegistry.open(folder.resolve("models")), Backends.of(backend), options)) {
            for (int i = 0; i < MODELS; i++) {
                maas.registry().publish("m" + i, times(i));
                maas.deploy("m" + i, "latest", DeployOptions.defaults().withLoading(Loading.ON_DEMAND));
            }
            List<Future<?>> requests = new ArrayList<>();
            Random random = new Random(7);
            for (int i = 0; i < 2 * MODELS; i++) {
                int factor = random.nextInt(MODELS);
                requests.add(callers.submit(() -> {
                    Tensors outputs = maas.model("m" + factor)
                            .predict(Tensors.of("x", Tensor.of(new float[] {3}, 1, 1)))
                            .outputs();
                    assertThat(outputs.get("y").toFloatArray()).containsExactly(3f * factor);
                }));
            }
            for (Future<?> request : requests) {
                request.get();
            }

            long loaded = maas.status().rows().stream()
                    .filter(row -> row.residentBytes() > 0)
                    .count();
            assertThat(loaded).isBetween(RESIDENT / 2L, RESIDENT + 1L);
        } finally {
            callers.shutdownNow();
        }
    }
}
