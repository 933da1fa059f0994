package io.maas.api.server;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelStreamInferResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.UnaryOperator;

/** Calls as any client of gRPC makes them. */
final class ForeignGrpc implements AutoCloseable {
    static final MethodDescriptor<ModelInferRequest, ModelInferResponse> INFER =
            method("ModelInfer", ModelInferRequest.getDefaultInstance(), ModelInferResponse.getDefaultInstance());
    static final MethodDescriptor<ModelInferRequest, ModelStreamInferResponse> STREAM = method(
                    "ModelStreamInfer",
                    ModelInferRequest.getDefaultInstance(),
                    ModelStreamInferResponse.getDefaultInstance())
            .toBuilder()
            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
            .build();

    private static final int ANY_LENGTH = Integer.MAX_VALUE;

    private final ManagedChannel channel;

    ForeignGrpc(int port) {
        this(port, builder -> builder);
    }

    ForeignGrpc(int port, UnaryOperator<NettyChannelBuilder> settings) {
        channel = settings.apply(NettyChannelBuilder.forAddress("127.0.0.1", port)
                        .usePlaintext()
                        .maxInboundMessageSize(ANY_LENGTH))
                .build();
    }

    static <Q extends Message, R extends Message> MethodDescriptor<Q, R> method(String name, Q request, R response) {
        return at("inference.GRPCInferenceService/" + name, request, response);
    }

    static <Q extends Message, R extends Message> MethodDescriptor<Q, R> at(String name, Q request, R response) {
        return MethodDescriptor.<Q, R>newBuilder()
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(name)
                .setRequestMarshaller(ProtoUtils.marshaller(request))
                .setResponseMarshaller(ProtoUtils.marshaller(response))
                .build();
    }

    Channel channel() {
        return channel;
    }

    /** With metadata, given as names and values. */
    Channel channel(String... metadata) {
        Metadata headers = new Metadata();
        for (int i = 0; i < metadata.length; i += 2) {
            headers.put(Metadata.Key.of(metadata[i], Metadata.ASCII_STRING_MARSHALLER), metadata[i + 1]);
        }
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    <Q extends Message, R extends Message> R call(String name, Q request, R response, String... metadata) {
        return ClientCalls.blockingUnaryCall(
                channel(metadata), method(name, request, response), CallOptions.DEFAULT, request);
    }

    ModelInferResponse infer(ModelInferRequest request, String... metadata) {
        return call("ModelInfer", request, ModelInferResponse.getDefaultInstance(), metadata);
    }

    /** Sends bytes that need not be a message. */
    byte[] send(String name, byte[] bytes) {
        MethodDescriptor.Marshaller<byte[]> raw = new MethodDescriptor.Marshaller<>() {
            @Override
            public InputStream stream(byte[] value) {
                return new ByteArrayInputStream(value);
            }

            @Override
            public byte[] parse(InputStream stream) {
                try {
                    return stream.readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
        return ClientCalls.blockingUnaryCall(
                channel,
                MethodDescriptor.<byte[], byte[]>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName("inference.GRPCInferenceService/" + name)
                        .setRequestMarshaller(raw)
                        .setResponseMarshaller(raw)
                        .build(),
                CallOptions.DEFAULT,
                bytes);
    }

    /** A request with one input of 32-bit floats, raw. */
    static ModelInferRequest floats(String model, String input, float[] values, long... shape) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return input(model, input, "FP32", shape)
                .addRawInputContents(ByteString.copyFrom(bytes))
                .build();
    }

    /** A request with one input whose values are still to come. */
    static ModelInferRequest.Builder input(String model, String input, String datatype, long... shape) {
        ModelInferRequest.InferInputTensor.Builder tensor =
                ModelInferRequest.InferInputTensor.newBuilder().setName(input).setDatatype(datatype);
        for (long size : shape) {
            tensor.addShape(size);
        }
        return ModelInferRequest.newBuilder().setModelName(model).addInputs(tensor);
    }

    static float[] floats(ByteString raw) {
        float[] values = new float[raw.size() / 4];
        raw.asReadOnlyByteBuffer()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    @Override
    public void close() {
        channel.shutdownNow();
    }
}
