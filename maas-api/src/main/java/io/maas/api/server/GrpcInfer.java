package io.maas.api.server;

import io.maas.api.wire.CallParameters;
import io.maas.api.wire.GrpcCodec;
import io.maas.api.wire.InferRequest;
import io.maas.api.wire.InferResponse;
import io.maas.api.wire.inference.ModelInferRequest;
import io.maas.api.wire.inference.ModelInferResponse;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.tensor.Tensors;
import io.vertx.core.Future;

/** Runs a model: from the message of a request to the message of the answer. */
final class GrpcInfer {
    private final Catalog catalog;
    private final GrpcCodec codec = new GrpcCodec();

    GrpcInfer(Catalog catalog) {
        this.catalog = catalog;
    }

    /** A request together with the model it is for. */
    private record Asked(Model model, InferRequest request) {}

    Future<ModelInferResponse> answer(GrpcCall call, ModelInferRequest message) {
        String name = message.getModelName();
        String reference = GrpcRoutes.reference(message.getModelVersion());
        boolean isLong = message.getSerializedSize() >= Work.LONG_FROM_BINARY_BYTES || Catalog.isAlias(reference);
        return call.work(isLong, () -> {
                    Model model = catalog.model(name, catalog.number(name, reference));
                    return new Asked(model, codec.readRequest(message));
                })
                .compose(asked -> predict(call, asked));
    }

    private Future<ModelInferResponse> predict(GrpcCall call, Asked asked) {
        CallParameters parameters = asked.request.parameters().within(call.remaining());
        return call.await(asked.model.predictAsync(
                        asked.request.inputs(),
                        parameters.options(call.principal().name()).withExecutor(Work.loop(call.vertx()))))
                .compose(prediction -> encode(call, asked, prediction));
    }

    // Numbers are not copied here: the message shares their memory.
    private Future<ModelInferResponse> encode(GrpcCall call, Asked asked, Prediction prediction) {
        InferRequest request = asked.request;
        return call.work(request.wantsClasses(), () -> {
            Tensors outputs = request.select(prediction.outputs());
            if (request.wantsClasses()) {
                outputs = InferRoute.classified(catalog, asked.model, request, prediction.version(), outputs);
            }
            return codec.writeResponse(
                    new InferResponse(prediction.model(), prediction.version(), request.id(), outputs));
        });
    }
}
