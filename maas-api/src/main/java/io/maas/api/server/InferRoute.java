package io.maas.api.server;

import io.maas.api.wire.InferCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.error.InvalidInputException;
import io.maas.model.Prediction;
import io.maas.model.RequestOptions;
import io.maas.tensor.Tensors;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/** Runs a model: from the bytes of a request to the bytes of the answer. */
final class InferRoute implements Endpoint {
    private final Catalog catalog;
    private final int maxBodyBytes;
    private final InferCodec codec = new InferCodec();

    InferRoute(Catalog catalog, int maxBodyBytes) {
        this.catalog = catalog;
        this.maxBodyBytes = maxBodyBytes;
    }

    /** A request together with the version it is for, null for whichever answers. */
    private record Call(String model, @Nullable Integer version, InferRequest request) {}

    @Override
    public Future<Reply> answer(Exchange exchange) {
        return exchange.body(maxBodyBytes)
                .compose(body -> decode(exchange, body))
                .compose(call -> predict(exchange, call));
    }

    private Future<Call> decode(Exchange exchange, byte[] body) {
        String name = exchange.path("model");
        String reference = exchange.context().pathParam("version");
        boolean isLong = body.length >= Work.LONG_FROM_BYTES || Catalog.isAlias(reference);
        return exchange.work(isLong, () -> {
            requireJson(exchange.request());
            Integer version = catalog.number(name, reference);
            catalog.requireDeployed(name, version);
            return new Call(name, version, codec.readRequest(body));
        });
    }

    private static void requireJson(HttpServerRequest request) {
        if (request.getHeader("Inference-Header-Content-Length") != null) {
            throw new InvalidInputException(
                    "binary tensor data is not supported (expected: JSON only, without the header"
                            + " Inference-Header-Content-Length)");
        }
        String encoding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw new Failure.Refusal(415, "unsupported_encoding", "content encoding is not supported (expected: none)");
        }
    }

    private Future<Reply> predict(Exchange exchange, Call call) {
        RequestOptions options =
                new RequestOptions(call.request.timeout(), 0, exchange.principal().name(), null);
        var answer = catalog.model(call.model).predictAsync(call.request.inputs(), options);
        return exchange.await(answer)
                .compose(prediction -> encode(exchange, call, prediction));
    }

    private Future<Reply> encode(Exchange exchange, Call call, Prediction prediction) {
        boolean isLong = byteSize(prediction.outputs()) >= Work.LONG_FROM_BYTES / 2;
        return exchange.work(isLong, () -> {
            Catalog.requireSame(call.model, call.version, prediction.version());
            Tensors outputs = call.request.select(prediction.outputs());
            return Reply.json(codec.writeResponse(
                    new InferResponse(prediction.model(), prediction.version(), call.request.id(), outputs)));
        });
    }

    private static long byteSize(Tensors tensors) {
        long bytes = 0;
        for (Tensors.Entry entry : tensors) {
            bytes += entry.tensor().byteSize();
        }
        return bytes;
    }
}
