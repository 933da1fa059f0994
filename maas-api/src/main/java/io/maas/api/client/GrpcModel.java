package io.maas.api.client;

import io.grpc.MethodDescriptor;
import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.ModelMetadata;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelMetadataRequest;
import io.maas.api.wire.inference.ModelMetadataResponse;
import io.maas.error.InvalidInputException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A model of a server that is called by gRPC. Thread-safe. */
final class GrpcModel implements Model {
    private static final MethodDescriptor<ModelMetadataRequest, ModelMetadataResponse> METADATA = GrpcTransport.method(
            "ModelMetadata", ModelMetadataRequest.getDefaultInstance(), ModelMetadataResponse.getDefaultInstance());
    private static final MethodDescriptor<ModelInferRequest, ModelInferResponse> INFER = GrpcTransport.method(
            "ModelInfer", ModelInferRequest.getDefaultInstance(), ModelInferResponse.getDefaultInstance());

    private final GrpcTransport transport;
    private final GrpcCodec codec = new GrpcCodec();
    private final String name;
    /** Null as soon as a version answers that it does not describe. */
    private volatile @Nullable ModelMetadata described;

    GrpcModel(GrpcTransport transport, String name) {
        this.transport = transport;
        this.name = name;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Signature signature() {
        transport.requireOpen();
        ModelMetadata known = described;
        return (known == null ? Transport.join(describe()) : known).signature();
    }

    CompletableFuture<ModelMetadata> describe() {
        ModelMetadataRequest request =
                ModelMetadataRequest.newBuilder().setName(name).build();
        return transport.call(METADATA, request, RequestOptions.none()).thenApply(answer -> {
            ModelMetadata found = transport.read(answer, codec::readModel);
            described = found;
            return found;
        });
    }

    @Override
    public Prediction predict(Tensors inputs, RequestOptions options) {
        return Transport.join(predictAsync(inputs, options));
    }

    @Override
    public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
        try {
            transport.requireOpen();
            ModelInferRequest request =
                    codec.writeRequest(name, new InferRequest(null, options.timeout(), inputs, List.of()));
            CompletableFuture<ModelInferResponse> answer = transport.call(INFER, request, options);
            CompletableFuture<Prediction> prediction = answer.handle((message, thrown) -> {
                if (thrown != null) {
                    throw refined(Transport.unchecked(thrown), inputs);
                }
                return prediction(message);
            });
            var unused = prediction.whenComplete((value, thrown) -> {
                if (prediction.isCancelled()) {
                    answer.cancel(true);
                }
            });
            return prediction;
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Prediction prediction(ModelInferResponse message) {
        InferResponse response = transport.read(message, codec::readResponse);
        ModelMetadata known = described;
        if (known != null && !known.versions().contains(response.version())) {
            described = null;
        }
        return new Prediction(response.model(), response.version(), response.outputs());
    }

    private RuntimeException refined(RuntimeException told, Tensors inputs) {
        return told instanceof InvalidInputException invalid
                ? RemoteModel.refined(name, described, invalid, inputs)
                : told;
    }
}
