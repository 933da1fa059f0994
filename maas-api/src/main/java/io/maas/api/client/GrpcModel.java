package io.maas.api.client;

import io.grpc.MethodDescriptor;
import io.maas.api.wire.CallParameters;
import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.ModelMetadata;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.api.wire.inference.ModelMetadataRequest;
import io.maas.api.wire.inference.ModelMetadataResponse;
import io.maas.error.InvalidInputException;
import io.maas.error.ModelNotFoundException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A model of a server that is called by gRPC. Thread-safe. */
final class GrpcModel implements Model {
    private static final MethodDescriptor<ModelMetadataRequest, ModelMetadataResponse> METADATA = GrpcTransport.reading(
            "ModelMetadata", ModelMetadataRequest.getDefaultInstance(), ModelMetadataResponse.getDefaultInstance());
    private static final MethodDescriptor<ModelInferRequest, ModelInferResponse> INFER = GrpcTransport.method(
            "ModelInfer", ModelInferRequest.getDefaultInstance(), ModelInferResponse.getDefaultInstance());

    private final GrpcTransport transport;
    private final GrpcCodec codec = new GrpcCodec();
    private final String name;
    private final @Nullable Integer version;
    private final Description description = new Description();

    /** @param version the one to call, null for whichever answers */
    GrpcModel(GrpcTransport transport, String name, @Nullable Integer version) {
        this.transport = transport;
        this.name = name;
        this.version = version;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Signature signature() {
        transport.requireOpen();
        ModelMetadata known = description.fresh();
        return (known == null ? Transport.join(describe()) : known).signature();
    }

    CompletableFuture<ModelMetadata> describe() {
        Integer answering = description.answering();
        CompletableFuture<ModelMetadataResponse> answer = answering == null || version != null
                ? metadata(version())
                // Unless it has gone meanwhile, the version that answered last.
                : metadata(answering.toString())
                        .exceptionallyCompose(thrown -> Transport.cause(thrown) instanceof ModelNotFoundException
                                ? metadata("")
                                : CompletableFuture.failedFuture(thrown));
        return answer.thenApply(told -> {
            ModelMetadata found = transport.read(told, codec::readModel);
            description.set(found);
            return found;
        });
    }

    /** As messages say it: nothing for whichever answers. */
    private String version() {
        return version == null ? "" : version.toString();
    }

    private CompletableFuture<ModelMetadataResponse> metadata(String of) {
        return transport.call(
                METADATA,
                ModelMetadataRequest.newBuilder().setName(name).setVersion(of).build());
    }

    @Override
    public Prediction predict(Tensors inputs, RequestOptions options) {
        return Transport.join(predictAsync(inputs, options));
    }

    @Override
    public CompletableFuture<Prediction> predictAsync(Tensors inputs, RequestOptions options) {
        try {
            transport.requireOpen();
            ModelInferRequest request = codec.writeRequest(name, InferRequest.of(inputs, CallParameters.of(options)));
            if (version != null) {
                request = request.toBuilder().setModelVersion(version()).build();
            }
            CompletableFuture<ModelInferResponse> answer = transport.call(INFER, request, options);
            return Transport.then(answer, (message, thrown) -> {
                if (thrown != null) {
                    throw refined(Transport.unchecked(thrown), inputs);
                }
                return prediction(message);
            });
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Prediction prediction(ModelInferResponse message) {
        InferResponse response = transport.read(message, codec::readResponse);
        description.answered(response.version());
        return new Prediction(response.model(), response.version(), response.outputs());
    }

    private RuntimeException refined(RuntimeException told, Tensors inputs) {
        return told instanceof InvalidInputException invalid ? description.refined(name, invalid, inputs) : told;
    }
}
