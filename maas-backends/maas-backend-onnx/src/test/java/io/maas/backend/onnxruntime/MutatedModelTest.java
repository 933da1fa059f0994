package io.maas.backend.onnxruntime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.common.io.ByteSource;
import com.google.common.io.Resources;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.maas.backend.ProgramOptions;
import io.maas.error.MaasException;
import io.maas.graph.Attributes;
import io.maas.graph.GraphBuilder;
import io.maas.graph.Op;
import io.maas.graph.Value;
import io.maas.graph.onnx.AdmissionPolicy;
import io.maas.graph.onnx.OnnxAdmission;
import io.maas.graph.onnx.OnnxWriter;
import io.maas.tensor.DataType;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A model with anything changed in it is refused with an exception that says so, or loaded: no other error, no end of the process, no load
 * that does not come back. Longer under {@code -Dmaas.nightly=true}.
 */
class MutatedModelTest {
    private static final boolean NIGHTLY = Boolean.getBoolean("maas.nightly");
    private static final long[] SIZES = {-1, 0, 1, 7, 1L << 31, 1L << 32, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE};
    /** What a mutant may ask for, far below what the machine has. */
    private static final AdmissionPolicy POLICY = AdmissionPolicy.defaults().withConstantBytes(64L << 20);

    private final OnnxRuntimeBackend backend = new OnnxRuntimeBackend();
    private int loaded;
    private int refused;

    @Test
    @Timeout(3600)
    void mutantsOfOurModelsAreRefusedOrLoaded() {
        int each = NIGHTLY ? 20_000 : 250;
        for (byte[] whole : List.of(network(), lists())) {
            Random random = new Random(whole.length);
            for (int i = 0; i < each; i++) {
                byte[] mutant = mutate(whole, random);
                attempt("seed " + whole.length + ", mutant " + i, () -> load(mutant));
            }
        }
        // Else the mutations were too small to matter, or too large to reach the engine.
        assertThat(loaded).isGreaterThan(each / 20);
        assertThat(refused).isGreaterThan(each / 20);
    }

    /** Too large to be loaded again and again: up to where an engine would see it. */
    @Test
    @Timeout(3600)
    void mutantsOfATransformerAreRefusedOrLetIn() throws IOException {
        byte[] whole = Resources.toByteArray(Resources.getResource("all-minilm-l6-v2-q.onnx"));
        Random random = new Random(2);
        for (int i = 0; i < (NIGHTLY ? 5_000 : 40); i++) {
            byte[] mutant = mutate(whole, random);
            attempt("mutant " + i, () -> OnnxAdmission.check(ByteSource.wrap(mutant), POLICY));
        }
        assertThat(refused).isPositive();
    }

    private void load(byte[] mutant) {
        OnnxAdmission.check(ByteSource.wrap(mutant), POLICY);
        backend.load(ByteSource.wrap(mutant), ProgramOptions.serving()).close();
    }

    private void attempt(String title, Runnable load) {
        try {
            load.run();
            loaded++;
        } catch (MaasException e) {
            assertThat(e.getMessage()).as(title).isNotBlank();
            refused++;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(title, e);
        }
    }

    // ---- mutations

    private static byte[] mutate(byte[] whole, Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> flipped(whole, random);
            case 1 -> Arrays.copyOf(whole, random.nextInt(whole.length));
            case 2 -> inflated(whole, random);
            default -> restructured(whole, random);
        };
    }

    private static byte[] flipped(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    /** A byte becomes the beginning of a number of up to ten bytes, such as a length or a size. */
    private static byte[] inflated(byte[] whole, Random random) {
        int at = random.nextInt(whole.length);
        int more = 1 + random.nextInt(9);
        byte[] bytes = new byte[whole.length + more];
        System.arraycopy(whole, 0, bytes, 0, at);
        Arrays.fill(bytes, at, at + more, (byte) (0x80 | random.nextInt(128)));
        System.arraycopy(whole, at, bytes, at + more, whole.length - at);
        return bytes;
    }

    /** A message that is whole, with some of its fields other ones. */
    private static byte[] restructured(byte[] whole, Random random) {
        try {
            ModelProto.Builder model = ModelProto.parseFrom(whole).toBuilder();
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                change(model, random);
            }
            return model.build().toByteArray();
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static void change(Message.Builder message, Random random) {
        List<FieldDescriptor> set = List.copyOf(message.getAllFields().keySet());
        if (set.isEmpty()) {
            return;
        }
        FieldDescriptor field = set.get(random.nextInt(set.size()));
        int index = field.isRepeated() ? random.nextInt(message.getRepeatedFieldCount(field)) : -1;
        if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && random.nextInt(8) > 0) {
            Message.Builder part =
                    index < 0 ? message.getFieldBuilder(field) : message.getRepeatedFieldBuilder(field, index);
            change(part, random);
        } else if (index < 0) {
            alter(message, field, random);
        } else if (random.nextBoolean() && field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
            message.setRepeatedField(field, index, altered(field, message.getRepeatedField(field, index), random));
        } else {
            // Once more, or in the place of another.
            Object part = message.getRepeatedField(field, index);
            if (random.nextBoolean()) {
                message.addRepeatedField(field, part);
            } else {
                message.setRepeatedField(field, random.nextInt(message.getRepeatedFieldCount(field)), part);
            }
        }
    }

    private static void alter(Message.Builder message, FieldDescriptor field, Random random) {
        if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE || random.nextInt(4) == 0) {
            message.clearField(field);
        } else {
            message.setField(field, altered(field, message.getField(field), random));
        }
    }

    private static Object altered(FieldDescriptor field, Object value, Random random) {
        return switch (field.getJavaType()) {
            case LONG -> SIZES[random.nextInt(SIZES.length)];
            case INT -> random.nextInt(40) - 5;
            case FLOAT -> Float.intBitsToFloat(random.nextInt());
            case DOUBLE -> random.nextGaussian();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> random.nextBoolean() ? "x" : value + "x".repeat(random.nextInt(100));
            case BYTE_STRING -> {
                ByteString bytes = (ByteString) value;
                yield random.nextBoolean()
                        ? bytes.substring(0, random.nextInt(bytes.size() + 1))
                        : bytes.concat(ByteString.copyFrom(new byte[random.nextInt(16)]));
            }
            case ENUM ->
                field.getEnumType()
                        .getValues()
                        .get(random.nextInt(field.getEnumType().getValues().size()));
            case MESSAGE -> throw new IllegalArgumentException(field.getFullName());
        };
    }

    // ---- models

    /** Two convolutions and a dense layer, with what exporters write between them. */
    private static byte[] network() {
        GraphBuilder b = new GraphBuilder("network");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 1, 8, 8));
        Value h = b.node(Op.CONV, Attributes.none(), x, b.constant(ramp(4, 1, 3, 3)));
        h = b.node(Op.RELU, Attributes.none(), h);
        h = b.node(Op.MAX_POOL, Attributes.of("kernel_shape", List.of(2L, 2L)), h);
        h = b.node(Op.RESHAPE, Attributes.none(), h, b.longs(-1, 100));
        b.output("y", b.matmul(h, b.constant(ramp(100, 10))));
        return OnnxWriter.write(b.build());
    }

    /** Sizes that are computed, of everything that grows. */
    private static byte[] lists() {
        GraphBuilder b = new GraphBuilder("lists");
        Value x = b.input("x", DataType.FLOAT32, Shape.symbolic("batch", 4));
        Value size = b.node(Op.MUL, Attributes.none(), b.longs(2, 2), b.longs(1, 2));
        Value zeros = b.node(Op.CONSTANT_OF_SHAPE, Attributes.none(), size);
        Value grown = b.node(Op.TILE, Attributes.none(), zeros, b.longs(1, 2));
        Value padded = b.node(Op.PAD, Attributes.none(), grown, b.longs(0, 0, 1, 0));
        Value sum = b.node(Op.REDUCE_SUM, Attributes.none(), padded);
        Value wide = b.node(Op.EXPAND, Attributes.none(), sum, b.longs(1, 4));
        b.output("y", b.node(Op.ADD, Attributes.none(), x, wide));
        return OnnxWriter.write(b.build());
    }

    private static Tensor ramp(long... sizes) {
        float[] values = new float[(int) Shape.of(sizes).elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 13 - 6;
        }
        return Tensor.of(values, sizes);
    }
}
