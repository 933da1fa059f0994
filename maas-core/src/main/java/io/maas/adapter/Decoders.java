package io.maas.adapter;

import io.maas.model.Artifact;
import io.maas.model.TensorSpec;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The half of an adapter that is the same whatever goes into the model: from outputs, a row an item, to values. {@link Label} for
 * artifacts with names of classes, {@link Double} for models that give one number, and records whose components have the names of
 * outputs.
 *
 * <p>The tags that say how labels are read: {@code labels.output}, the name of the output (by itself {@code probabilities}, or else the
 * first with a score a class); {@code labels.scores}, what it holds: {@code softmax} or {@code sigmoid} for raw scores of which one or
 * several classes hold, {@code probabilities} for what is to be taken as it is.
 */
public final class Decoders {
    private Decoders() {}

    /**
     * The decoder to a type, or nothing if the artifact has none for it.
     *
     * @throws io.maas.error.ArtifactRejectedException if what the artifact declares contradicts its signature
     */
    @SuppressWarnings("unchecked") // Each branch asks for the type first.
    public static <O> Optional<Function<Tensors, List<O>>> find(Artifact artifact, Class<O> output) {
        if (output == Label.class) {
            return LabelDecoder.find(artifact).map(found -> (Function<Tensors, List<O>>) (Function<?, ?>) found);
        }
        if (output == Double.class) {
            return artifact.signature().outputs().stream()
                    .filter(Decoders::isNumber)
                    .findFirst()
                    .map(spec -> outputs -> (List<O>) numbers(outputs.get(spec.name())));
        }
        return output.isRecord() ? RecordDecoder.find(artifact, output) : Optional.empty();
    }

    private static boolean isNumber(TensorSpec spec) {
        Shape shape = spec.shape();
        return spec.dataType() != DataType.STRING
                && shape != null
                && (shape.rank() == 1 || (shape.rank() == 2 && shape.symbol(1) == null && shape.size(1) == 1));
    }

    private static List<Double> numbers(Tensor output) {
        return Arrays.stream(output.toDoubleArray()).boxed().toList();
    }
}
