package io.maas.training.classical;

import static org.assertj.core.api.Assertions.assertThat;

import io.maas.backend.Program;
import io.maas.backend.ProgramOptions;
import io.maas.backend.onnxruntime.OnnxRuntimeBackend;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;

/** What ONNX Runtime answers with the file that a model ends as. */
public final class Served {
    private Served() {}

    public static Tensors of(Fitted model, Tensor features) {
        try (Program program = new OnnxRuntimeBackend().load(model.toArtifact().model(), ProgramOptions.serving())) {
            return program.run(Tensors.of(Fitted.FEATURES, features));
        }
    }

    /** The largest difference to the answers in Java, as a share of the larger of 1 and the answer; other types are equal. */
    public static double difference(Fitted model, Tensor features) {
        Tensors served = of(model, features);
        Tensors expected = model.predict(features);
        assertThat(served.names()).isEqualTo(expected.names());
        double largest = 0;
        for (Tensors.Entry entry : expected) {
            Tensor answer = served.get(entry.name());
            assertThat(answer).hasToString(entry.tensor().toString());
            if (entry.tensor().dataType() == DataType.INT64) {
                assertThat(answer).isEqualTo(entry.tensor());
                continue;
            }
            double[] java = entry.tensor().toDoubleArray();
            double[] onnx = answer.toDoubleArray();
            for (int i = 0; i < java.length; i++) {
                largest = Math.max(largest, Math.abs(java[i] - onnx[i]) / Math.max(1, Math.abs(java[i])));
            }
        }
        return largest;
    }
}
