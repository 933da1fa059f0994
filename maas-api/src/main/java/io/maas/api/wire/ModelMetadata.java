package io.maas.api.wire;

import io.maas.model.Signature;
import java.util.List;

/**
 * What a server says about a model.
 *
 * <p>Immutable and thread-safe.
 *
 * @param versions the numbers of the versions that answer
 * @param platform the format of the model, such as {@code onnx_onnxv1}
 * @param signature its inputs and outputs; the wire has no names for sizes that vary, so symbols do not survive it
 */
public record ModelMetadata(String name, List<Integer> versions, String platform, Signature signature) {
    public ModelMetadata {
        versions = List.copyOf(versions);
    }
}
