package io.maas.api.server;

import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Runs a model: from the message of a request to the message of the answer. */
final class GrpcInfer {
    /** From here on the tensors of a request are copied elsewhere than on an event loop. */
    private static final int LONG_FROM_BYTES = 256 << 10;

    private final Catalog catalog;
    private final GrpcCodec codec = new GrpcCodec();

    GrpcInfer(Catalog catalog) {
        this.catalog = catalog;
    }

    /** A request together with the version it is for, null for whichever answers. */
    private record Asked(@Nullable Integer version, InferRequest request) {}

    Future<ModelInferResponse> answer(GrpcCall call, ModelInferRequest message) {
        String name = message.getModelName();
        String reference = GrpcRoutes.reference(message.getModelVersion());
        boolean isLong = message.getSerializedSize() >= LONG_FROM_BYTES || Catalog.isAlias(reference);
        return call.work(isLong, () -> {
                    Integer version = catalog.number(name, reference);
                    catalog.requireLoaded(name, version);
                    return new Asked(version, codec.readRequest(message));
                })
                .compose(asked -> predict(call, name, asked));
    }

    private Future<ModelInferResponse> predict(GrpcCall call, String name, Asked asked) {
        Duration patience = shorter(call.remaining(), asked.request.timeout());
        RequestOptions options =
                new RequestOptions(patience, 0, call.principal().name(), null);
        return call.await(catalog.model(name, asked.version).predictAsync(asked.request.inputs(), options))
                .map(prediction -> encode(asked, prediction));
    }

    private static @Nullable Duration shorter(@Nullable Duration one, @Nullable Duration other) {
        return one == null || (other != null && other.compareTo(one) < 0) ? other : one;
    }

    // Numbers are not copied here: the message shares their memory.
    private ModelInferResponse encode(Asked asked, Prediction prediction) {
        return codec.writeResponse(new InferResponse(
                prediction.model(),
                prediction.version(),
                asked.request.id(),
                asked.request.select(prediction.outputs())));
    }
}
