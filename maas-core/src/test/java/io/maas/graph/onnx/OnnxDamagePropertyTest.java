package io.maas.graph.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.GraphProto;
import com.google.common.io.ByteSource;
import io.maas.error.ArtifactRejectedException;
import io.maas.error.GraphException;
import io.maas.graph.Graph;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever happens to a file: it is read, or refused as an artifact or a graph, and nothing else. */
class OnnxDamagePropertyTest {
    private static final byte[] SAMPLE = OnnxWriter.write(OnnxWriterTest.sample());
    private static final byte[] FOREIGN = foreign();

    @Test
    void truncatedAtAnyByte() {
        for (byte[] whole : List.of(SAMPLE, FOREIGN)) {
            for (int length = 0; length < whole.length; length++) {
                byte[] part = Arrays.copyOf(whole, length);
                assertThat(isRead(part, "cut to " + length))
                        .as("cut to %d", length)
                        .isFalse();
            }
            assertThat(isRead(whole, "whole")).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1})
    void flippedBytes(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = (i % 2 == 0 ? SAMPLE : FOREIGN).clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            isRead(bytes, "seed " + seed + ", case " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {3})
    void splicedParts(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = SAMPLE.clone();
            int length = 1 + random.nextInt(64);
            int from = random.nextInt(FOREIGN.length - length);
            System.arraycopy(FOREIGN, from, bytes, random.nextInt(bytes.length - length), length);
            isRead(bytes, "seed " + seed + ", case " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {5})
    void damagedTensors(long seed) {
        Random random = new Random(seed);
        byte[] whole = OnnxTensors.write("t", io.maas.tensor.Tensor.of(new float[12], 3, 4));
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = Arrays.copyOf(whole, random.nextInt(whole.length + 4));
            if (bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                OnnxTensors.read(bytes);
            } catch (ArtifactRejectedException e) {
                assertThat(e).hasMessageContaining("(expected: ");
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
                throw new AssertionError("seed " + seed + ", case " + i, e);
            }
        }
    }

    private static boolean isRead(byte[] bytes, String title) {
        try {
            Graph graph = OnnxReader.read(ByteSource.wrap(bytes));
            // What was let in is a graph like any other.
            OnnxReader.read(ByteSource.wrap(OnnxWriter.write(graph)));
            return true;
        } catch (ArtifactRejectedException | GraphException e) {
            return false;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError(title, e);
        }
    }

    /** With what the writer never writes: typed fields, subgraphs, sparse values, Constant nodes, operators of all kinds. */
    private static byte[] foreign() {
        GraphProto.Builder body = GraphProto.newBuilder()
                .addNode(Onnx.node("Relu", "x", "inner"))
                .addOutput(Onnx.value("inner", Onnx.FLOAT, "batch", 4));
        GraphProto.Builder graph = Onnx.graph(
                        Onnx.node("Constant", List.of(), List.of("axes")).addAttribute(Onnx.ints("value_ints", 1)),
                        Onnx.node("Unsqueeze", List.of("x", "axes"), List.of("a")),
                        Onnx.node("Squeeze", List.of("a", "axes"), List.of("b")),
                        Onnx.node("Concat", List.of("b", "x"), List.of("c"))
                                .addAttribute(
                                        Onnx.attribute("axis", ai.onnx.proto.OnnxMl.AttributeProto.AttributeType.INT)
                                                .setI(1)),
                        Onnx.node("Slice", List.of("c", "zero", "four", "axes"), List.of("d")),
                        Onnx.node("Transpose", "d", "e").addAttribute(Onnx.ints("perm", 1, 0)),
                        Onnx.node("Flatten", "e", "f"),
                        Onnx.node("Gather", List.of("f", "zero"), List.of("g")),
                        Onnx.node("Reshape", List.of("g", "target"), List.of("h")),
                        Onnx.node("Expand", List.of("h", "target2"), List.of("i")),
                        Onnx.node("Pad", List.of("i", "pads"), List.of("j")),
                        Onnx.node("ReduceSum", List.of("j", "axes"), List.of("k")),
                        Onnx.node("OneHot", List.of("zero", "four", "pair"), List.of("l")),
                        Onnx.node("If", List.of("flag"), List.of("y"))
                                .addAttribute(Onnx.subgraph("then_branch", body))
                                .addAttribute(Onnx.subgraph("else_branch", body)))
                .addInput(Onnx.value("flag", 9))
                .addInitializer(Onnx.longs("zero", 0))
                .addInitializer(Onnx.longs("four", 4))
                .addInitializer(Onnx.longs("target", 1, -1))
                .addInitializer(Onnx.longs("target2", 3, 1))
                .addInitializer(Onnx.longs("pads", 0, 1, 0, 1))
                .addInitializer(Onnx.floats("pair", 0, 1))
                .addSparseInitializer(Onnx.sparse(Onnx.floats("sparse", 1, 2, 3, 4)))
                .addValueInfo(Onnx.value("k", Onnx.FLOAT, 3, 1));
        return Onnx.model(graph).build().toByteArray();
    }
}
