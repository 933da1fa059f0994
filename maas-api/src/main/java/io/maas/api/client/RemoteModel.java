package io.maas.api.client;

import io.maas.api.wire.InferCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
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
    /** Null as soon as a version answers that it does not describe. */
    private volatile @Nullable ModelMetadata described;

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
        return (known == null ? Transport.join(describe()) : known).signature();
    }

    CompletableFuture<ModelMetadata> describe() {
        return transport.get(path, RequestOptions.none()).thenApply(answer -> {
            transport.requireOk(answer);
            ModelMetadata found = transport.read(answer, metadataCodec::readModel);
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
            byte[] document = inferCodec.writeRequest(new InferRequest(null, options.timeout(), inputs, List.of()));
            return transport.post(path + "/infer", document, options).thenApply(answer -> prediction(answer, inputs));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private Prediction prediction(HttpResponse<byte[]> answer, Tensors inputs) {
        try {
            transport.requireOk(answer);
        } catch (InvalidInputException e) {
            throw refined(name, described, e, inputs);
        }
        InferResponse response = transport.read(answer, inferCodec::readResponse);
        ModelMetadata known = described;
        if (known != null && !known.versions().contains(response.version())) {
            described = null;
        }
        return new Prediction(response.model(), response.version(), response.outputs());
    }

    // The wire has one status for all bad inputs; a wrong shape has an exception of its own, as with a local model.
    static InvalidInputException refined(
            String name, @Nullable ModelMetadata known, InvalidInputException told, Tensors inputs) {
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
