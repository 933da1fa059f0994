package io.maas.api.wire;

import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;

/** Names for the sizes that vary, which the wire does not carry. */
final class Symbols {
    private static final String BATCH = "batch";

    private Symbols() {}

    /** The signature with its first axes named, if every one of them varies. */
    static Signature named(Signature signature) {
        boolean all = Stream.concat(signature.inputs().stream(), signature.outputs().stream())
                .allMatch(Symbols::startsVariable);
        return all ? new Signature(named(signature.inputs()), named(signature.outputs())) : signature;
    }

    private static boolean startsVariable(TensorSpec spec) {
        Shape shape = spec.shape();
        return shape != null && shape.rank() > 0 && shape.symbol(0) != null;
    }

    private static List<TensorSpec> named(List<TensorSpec> specs) {
        return specs.stream().map(Symbols::named).toList();
    }

    private static TensorSpec named(TensorSpec spec) {
        Shape shape = spec.shape();
        return shape == null ? spec : new TensorSpec(spec.name(), spec.dataType(), shape.with(0, BATCH));
    }
}
