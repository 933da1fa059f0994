package io.maas.pipeline;

import io.maas.error.ModelNotFoundException;
import io.maas.error.Require;
import io.maas.error.StepException;
import io.maas.model.Model;
import io.maas.model.Prediction;
import io.maas.model.Signature;
import io.maas.model.TensorSpec;
import io.maas.tensor.Shape;
import io.maas.tensor.Tensor;
import io.maas.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Finds what does the work of one step, and checks that it fits what the step is given. */
final class Binder {
    private final Step step;
    private final Map<String, Fit.Given> given;
    private final PipelineHost host;
    private final Function<String, @Nullable PipelineFunction> functions;
    /** The outputs of the step that something reads. */
    private final Set<String> read;

    Binder(
            Step step,
            Set<String> read,
            Map<String, Fit.Given> given,
            PipelineHost host,
            Function<String, @Nullable PipelineFunction> functions) {
        this.step = step;
        this.read = read;
        this.given = given;
        this.host = host;
        this.functions = functions;
    }

    /** The step's work and its fallback, which gives at least what is read of the work. */
    BoundStep bind() {
        Bound main = bind(step.work());
        List<TensorSpec> outputs = new ArrayList<>();
        for (String name : read) {
            TensorSpec output = main.output(name);
            if (output == null) {
                throw fault("gives no output " + Require.quote(name) + " (it gives " + main.outputs()
                        + "); bind one of those");
            }
            outputs.add(output);
        }
        Bound fallback = step.fallback() == null ? null : fallback(step.fallback(), outputs);
        Set<String> takes = new LinkedHashSet<>(main.takes());
        if (fallback != null) {
            takes.addAll(fallback.takes());
        }
        for (String input : given.keySet()) {
            if (!takes.contains(input)) {
                throw fault("takes no input " + Require.quote(input) + " (it takes " + takes + "); leave it out");
            }
        }
        return new BoundStep(step, main, fallback, outputs);
    }

    private Bound fallback(Work work, List<TensorSpec> wanted) {
        Bound fallback = work instanceof Work.Give give ? repeating(give.tensors(), wanted) : bind(work);
        for (TensorSpec output : wanted) {
            TensorSpec other = fallback.output(output.name());
            if (other == null || !Fit.compatible(output, other)) {
                throw fault("gives " + output + ", and its fallback gives " + fallback.outputs()
                        + " instead; take a fallback that gives the same");
            }
        }
        return fallback;
    }

    Bound bind(Work work) {
        if (work instanceof Work.CallModel call) {
            return bind(call);
        } else if (work instanceof Work.CallFunction call) {
            return bind(call);
        } else if (work instanceof Work.Give give) {
            return new Bound(List.of(), specs(give.tensors()), true, Bound.here(inputs -> give.tensors()));
        } else if (work instanceof Work.Pass pass) {
            return bind(pass);
        } else if (work instanceof Work.Choose choose) {
            return new Choosing(this, choose).bind();
        } else {
            return new Combining(this).bind(work);
        }
    }

    private Bound bind(Work.CallModel call) {
        Model model;
        try {
            model = host.models().apply(call.reference());
        } catch (ModelNotFoundException e) {
            throw new ModelNotFoundException(
                    step.title() + ": " + e.getMessage(), step.title() + ": " + e.discreet(), e);
        }
        return bind(
                model.signature(),
                (inputs, attempt) -> attempt.track(model.predictAsync(inputs, attempt.options()))
                        .thenApply(prediction -> outputs(prediction, attempt)));
    }

    private Tensors outputs(Prediction prediction, Attempt attempt) {
        prediction.fallbacks().forEach(inner -> attempt.fellBack(step.name() + "/" + inner));
        return prediction.outputs();
    }

    private Bound bind(Work.CallFunction call) {
        PipelineFunction function = functions.apply(call.function());
        if (function == null) {
            throw fault("calls function " + Require.quote(call.function())
                    + ", which is not registered here; register it under that name before the pipeline is loaded");
        }
        return bind(function.signature(), (inputs, attempt) -> {
            FunctionCall task = new FunctionCall(function, inputs);
            host.executor().execute(attempt.track(task));
            return task.answer();
        });
    }

    private Bound bind(Signature signature, Bound.Start start) {
        Fit fit = new Fit(step.name());
        signature.inputs().forEach(wanted -> fit.take(wanted, given.get(wanted.name())));
        return new Bound(
                signature.inputs().stream().map(TensorSpec::name).toList(),
                signature.outputs().stream().map(fit::give).toList(),
                signature.rowsIndependent(),
                start);
    }

    private Bound bind(Work.Pass pass) {
        List<TensorSpec> outputs = new ArrayList<>();
        pass.inputs().forEach((output, input) -> {
            TensorSpec spec = given(input).spec();
            outputs.add(new TensorSpec(output, spec.dataType(), spec.shape()));
        });
        List<String> takes = pass.inputs().values().stream().distinct().toList();
        return new Bound(takes, outputs, true, Bound.here(inputs -> {
            List<Tensors.Entry> passed = new ArrayList<>();
            pass.inputs().forEach((output, input) -> passed.add(new Tensors.Entry(output, inputs.get(input))));
            return Tensors.copyOf(passed);
        }));
    }

    /** Tensors of one row as many times as the step has rows, where the outputs they stand for vary. */
    private Bound repeating(Tensors tensors, List<TensorSpec> wanted) {
        List<TensorSpec> outputs = new ArrayList<>();
        Set<String> takes = new LinkedHashSet<>();
        List<Function<Tensors, Tensors.Entry>> makers = new ArrayList<>();
        for (Tensors.Entry entry : tensors) {
            String counted = counted(entry, wanted);
            TensorSpec spec = spec(entry);
            if (counted == null) {
                makers.add(inputs -> entry);
                outputs.add(spec);
            } else {
                takes.add(counted);
                outputs.add(new TensorSpec(
                        spec.name(),
                        spec.dataType(),
                        entry.tensor().shape().with(0, rows(given(counted).spec()))));
                makers.add(inputs -> {
                    int rows = Math.toIntExact(inputs.get(counted).shape().size(0));
                    return new Tensors.Entry(entry.name(), Rows.repeat(entry.tensor(), rows));
                });
            }
        }
        return new Bound(
                List.copyOf(takes),
                outputs,
                true,
                Bound.here(inputs -> Tensors.copyOf(
                        makers.stream().map(maker -> maker.apply(inputs)).toList())));
    }

    /** The input whose rows say how often a tensor of one row is wanted; null if it is wanted as it is. */
    private @Nullable String counted(Tensors.Entry entry, List<TensorSpec> wanted) {
        Tensor tensor = entry.tensor();
        if (tensor.shape().rank() == 0 || tensor.shape().size(0) != 1) {
            return null;
        }
        for (TensorSpec output : wanted) {
            String symbol = output.name().equals(entry.name()) ? rows(output) : "";
            for (Map.Entry<String, Fit.Given> input : given.entrySet()) {
                if (!symbol.isEmpty() && symbol.equals(rows(input.getValue().spec()))) {
                    return input.getKey();
                }
            }
        }
        return null;
    }

    /** The name of a first size that varies and is the same wherever it is named; empty if it is not such. */
    static String rows(TensorSpec spec) {
        Shape shape = spec.shape();
        String symbol = shape == null || shape.rank() == 0 ? null : shape.symbol(0);
        return symbol == null || symbol.equals(Shape.UNKNOWN) ? "" : symbol;
    }

    private static List<TensorSpec> specs(Tensors tensors) {
        List<TensorSpec> specs = new ArrayList<>();
        tensors.forEach(entry -> specs.add(spec(entry)));
        return specs;
    }

    private static TensorSpec spec(Tensors.Entry entry) {
        return new TensorSpec(
                entry.name(), entry.tensor().dataType(), entry.tensor().shape());
    }

    Step step() {
        return step;
    }

    Map<String, Fit.Given> given() {
        return given;
    }

    Set<String> read() {
        return read;
    }

    Fit.Given given(String input) {
        Fit.Given found = given.get(input);
        if (found == null) {
            throw fault("reads input " + Require.quote(input) + ", to which nothing is bound (bound are "
                    + given.keySet() + "); bind an output of another step to it, or an input of the pipeline");
        }
        return found;
    }

    StepException fault(String what) {
        return new StepException(step.name(), step.title() + " " + what);
    }
}
