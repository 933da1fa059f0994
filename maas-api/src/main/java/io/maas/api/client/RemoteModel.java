package io.maas.api.client;

import io.maas.api.wire.CallParameters;
import io.maas.api.wire.InferCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.Message;
import io.maas.api.wire.MetadataCodec;
import io.maas.api.wire.ModelMetadata;
import io.maas.error.InvalidInputException;
import io.maas.error.MaasException;
import io.maas.error.ShapeMismatchException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.model.Signature;
import io.maas.tensor.Tensors;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A model of a server. Thread-safe. */
final class RemoteModel implements Model {
    private final Transport transport;
    private final MetadataCodec metadataCodec;
    private final InferCodec inferCodec = new InferCodec();
    private final String name;
    private final String path;
    private volatile @Nullable ModelMetadata described;
    /** Whether a version has answered that may be another one than is described. */
    private volatile boolean stale;
    /** Which version answered last, null if none has yet. */
    private volatile @Nullable Integer answering;
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
        ModelMetadata known = described;
        return (known == null || stale ? Transport.join(describe()) : known).signature();
    }

    /** Asks what the model takes and gives, and first what the server can do. */
    CompletableFuture<ModelMetadata> describe() {
        Integer version = answering;
        CompletableFuture<HttpResponse<byte[]>> answer = version == null
                ? askForExtensions().thenCompose(known -> get(path))
                // Unless it has gone meanwhile, the version that answered last.
                : get(path + "/versions/" + version)
                        .thenCompose(
                                told -> told.statusCode() == 404 ? get(path) : CompletableFuture.completedFuture(told));
        return answer.thenApply(told -> {
            transport.requireOk(told);
            ModelMetadata found = transport.read(told, metadataCodec::readModel);
            described = found;
            stale = false;
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
            return transport.post(path + "/infer", message, options).thenApply(answer -> prediction(answer, inputs));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Prediction prediction(HttpResponse<byte[]> answer, Tensors inputs) {
        try {
            transport.requireOk(answer);
        } catch (InvalidInputException e) {
            throw refined(e, inputs);
        }
        InferResponse response = transport.readMessage(answer, inferCodec::readResponse);
        note(response.version());
        return new Prediction(response.model(), response.version(), response.outputs());
    }

    /** Takes note of which version answered, so that what is described is of that one. */
    private void note(int version) {
        Integer before = answering;
        if (before != null && before == version) {
            return;
        }
        ModelMetadata known = described;
        // With several versions loaded nobody said which of them was described.
        boolean same = before == null && known != null && known.versions().equals(List.of(version));
        answering = version;
        if (!same) {
            stale = true;
        }
    }

    // The wire has one status for all bad inputs; a wrong shape has an exception of its own, as with a local model.
    private InvalidInputException refined(InvalidInputException told, Tensors inputs) {
        ModelMetadata known = described;
        if (known != null) {
            try {
                known.signature().check(name, inputs);
            } catch (ShapeMismatchException e) {
                return new ShapeMismatchException(String.valueOf(told.getMessage()), e.expected(), e.actual());
            } catch (MaasException e) {
                return told;
            }
        }
        return told;
    }
}
