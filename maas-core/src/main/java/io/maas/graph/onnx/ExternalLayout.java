package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.maas.tensor.DataType;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** Where each large constant lies in the file beside a model. */
final class ExternalLayout {
    /** Smaller constants stay in the model, where engines look at those that are shapes or axes. */
    private static final int EXTERNAL_FROM_BYTES = 1024;

    /** Where values begin is a multiple of this: a page, so that engines can map a tensor by itself. */
    private static final long ALIGNMENT = 4096;

    private static final int CHUNK = 1 << 16;

    private final String location;
    private final Map<String, Tensor> outside = new LinkedHashMap<>();
    private final Map<String, Long> offsets = new LinkedHashMap<>();

    private ExternalLayout(String location) {
        this.location = location;
    }

    /** @param location the name of the file */
    static ExternalLayout of(Map<String, Tensor> constants, String location) {
        ExternalLayout layout = new ExternalLayout(location);
        long end = 0;
        for (Map.Entry<String, Tensor> each : constants.entrySet()) {
            Tensor tensor = each.getValue();
            if (tensor.dataType() != DataType.STRING && tensor.byteSize() >= EXTERNAL_FROM_BYTES) {
                long offset = (end + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
                layout.outside.put(each.getKey(), tensor);
                layout.offsets.put(each.getKey(), offset);
                end = offset + tensor.byteSize();
            }
        }
        return layout;
    }

    /** The message of a constant: with its values, or with where they lie. */
    TensorProto proto(String name, Tensor tensor) {
        Long offset = offsets.get(name);
        if (offset == null) {
            return OnnxTensors.proto(name, tensor);
        }
        return OnnxTensors.header(name, tensor)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(tensor.byteSize())))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** Writes the values, through a small buffer however large they are. */
    void writeTo(OutputStream out) throws IOException {
        byte[] chunk = new byte[CHUNK];
        long at = 0;
        for (Map.Entry<String, Tensor> each : outside.entrySet()) {
            long offset = offsets.getOrDefault(each.getKey(), at);
            out.write(new byte[(int) (offset - at)]);
            ByteBuffer values = OnnxTensors.raw(each.getValue());
            at = offset + values.remaining();
            while (values.hasRemaining()) {
                int length = Math.min(CHUNK, values.remaining());
                values.get(chunk, 0, length);
                out.write(chunk, 0, length);
            }
        }
    }
}
