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
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;

/** A model of a server. Thread-safe. */
final class RemoteModel implements Model {
    private final Transport transport;
    private final MetadataCodec metadataCodec;
    private final InferCodec inferCodec = new InferCodec();
    private final String name;
    private final String path;
    private final Description description = new Description();
    /** Whether the server says that it takes binary data. */
    private volatile boolean binary;

    RemoteModel(Transport transport, MetadataCodec metadataCodec, String name) {
        this.transport = transport;
        this.metadataCodec = metadataCodec;
        this.name = name;
        this.path =
                "/v2/models/" + URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
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
        Integer version = description.answering();
        CompletableFuture<HttpResponse<byte[]>> answer = version == null
                ? askForExtensions().thenCompose(known -> get(path))
                // Unless it has gone meanwhile, the version that answered last.
                : get(path + "/versions/" + version)
                        .thenCompose(
                                told -> told.statusCode() == 404 ? get(path) : CompletableFuture.completedFuture(told));
        return answer.thenApply(told -> {
            transport.requireOk(told);
            ModelMetadata found = transport.read(told, metadataCodec::readModel);
            description.set(found);
            return found;
        });
    }

    private CompletableFuture<HttpResponse<byte[]>> get(String from) {
        return transport.get(from, RequestOptions.none());
    }

    /** A server that says nothing sensible of them is taken to have none. */
    private CompletableFuture<Boolean> askForExtensions() {
        return get("/v2").thenApply(answer -> {
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
            return Transport.cancelling(answer, answer.thenApply(told -> prediction(told, inputs)));
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
