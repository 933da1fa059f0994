package io.maas.api.client;

import io.maas.api.wire.CallParameters;
import io.maas.api.wire.InferCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.Message;
import io.maas.api.wire.MetadataCodec;
import io.maas.api.wire.ModelMetadata;
import io.maas.error.InvalidInputException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A model of a server. Thread-safe. */
final class RemoteModel implements Model {
    private final Transport transport;
    private final MetadataCodec metadataCodec;
    private final InferCodec inferCodec = new InferCodec();
    private final String name;
    private final @Nullable Integer version;
    private final String path;
    private final Description description = new Description();
    /** Whether the server says that it takes binary data. */
    private volatile boolean binary;

    /** @param version the one to call, null for whichever answers */
    RemoteModel(Transport transport, MetadataCodec metadataCodec, String name, @Nullable Integer version) {
        this.transport = transport;
        this.metadataCodec = metadataCodec;
        this.name = name;
        this.version = version;
        this.path = "/v2/models/" + Rest.id(name, "model") + (version == null ? "" : "/versions/" + version);
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

    /** Asks what the model takes and gives, and first what the server can do. */
    CompletableFuture<ModelMetadata> describe() {
        Integer answering = description.answering();
        CompletableFuture<HttpResponse<byte[]>> answer = answering == null || version != null
                ? askForExtensions().thenCompose(known -> transport.get(path))
                // Unless it has gone meanwhile, the version that answered last.
                : transport
                        .get(path + "/versions/" + answering)
                        .thenCompose(told -> told.statusCode() == 404
                                ? transport.get(path)
                                : CompletableFuture.completedFuture(told));
        return answer.thenApply(told -> {
            transport.requireOk(told);
            ModelMetadata found = transport.read(told, metadataCodec::readModel);
            description.set(found);
            return found;
        });
    }

    /** A server that says nothing sensible of them is taken to have none. */
    private CompletableFuture<Boolean> askForExtensions() {
        return transport.get("/v2").thenApply(answer -> {
            try {
                binary = answer.statusCode() == 200
                        && metadataCodec.readExtensions(answer.body()).contains("binary_tensor_data");
            } catch (InvalidInputException e) {
                binary = false;
            }
            return binary;
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
            CallParameters parameters = CallParameters.of(options);
            Message message = binary
                    ? inferCodec.writeBinaryRequest(InferRequest.of(inputs, parameters.withBinaryOutput(true)))
                    : Message.json(inferCodec.writeRequest(InferRequest.of(inputs, parameters)));
            CompletableFuture<HttpResponse<byte[]>> answer = transport.post(path + "/infer", message, options);
            return Transport.then(answer, (told, thrown) -> {
                if (thrown != null) {
                    throw Transport.unchecked(thrown);
                }
                return prediction(told, inputs);
            });
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Prediction prediction(HttpResponse<byte[]> answer, Tensors inputs) {
        try {
            transport.requireOk(answer);
        } catch (InvalidInputException e) {
            throw description.refined(name, e, inputs);
        }
        InferResponse response = transport.readMessage(answer, inferCodec::readResponse);
        description.answered(response.version());
        return new Prediction(response.model(), response.version(), response.outputs());
    }
}
