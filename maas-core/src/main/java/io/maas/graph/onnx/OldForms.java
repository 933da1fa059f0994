package io.maas.graph.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.Floats;
import com.google.common.primitives.Longs;
import com.google.protobuf.ByteString;
import io.maas.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In which opset each operator of the default domain came, and in which of {@value OnnxUpgrade#OLDEST} to
 * {@value OnnxUpgrade#TARGET} its form changed so that an older one means something else or nothing: attributes that became
 * inputs, other defaults, operators replaced. Versions that only added types, attributes or optional inputs are no change.
 *
 * <p>ONNX Runtime's optimizers wrote {@code LayerNormalization} in its form of opset 17 before there was one, and write
 * {@code SimplifiedLayerNormalization}, which is of no opset at all.
 *
 * <p>A rewrite changes a node in place and says whether it could: it refuses forms that have no exact newer one, and nodes that
 * are of none of the forms that the old opset had.
 *
 * @see "ONNX, Changelog.md, versions of every operator"
 */
final class OldForms {
    /** Brings a node from the form before {@code version} to that of it. */
    record Change(int version, Form form) {}

    interface Form {
        boolean rewrite(NodeProto.Builder node, UpgradeScope scope);
    }

    /** The opset that an operator came with (1 for all before 7), by operator. */
    private static final ImmutableMap<String, Integer> SINCE = since("""
            1 LayerNormalization SimplifiedLayerNormalization \
            Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast Ceil Clip Concat Constant Conv ConvTranspose \
            DepthToSpace Div Dropout Elu Equal Exp Flatten Floor GRU Gather Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool \
            Greater HardSigmoid Hardmax Identity If InstanceNormalization LRN LSTM LeakyRelu Less Log LogSoftmax Loop \
            LpNormalization LpPool MatMul Max MaxPool MaxRoiPool Mean Min Mul Neg Not Or PRelu Pad Pow RNN RandomNormal \
            RandomNormalLike RandomUniform RandomUniformLike Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp \
            ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape Selu Shape Sigmoid Size Slice \
            Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh Tile TopK Transpose Unsqueeze Xor
            7 Acos Asin Atan Cos Multinomial Sin Tan Upsample
            8 Expand Scan
            9 Acosh Asinh Atanh Compress ConstantOfShape Cosh Erf EyeLike IsNaN MaxUnpool MeanVarianceNormalization NonZero \
            OneHot Scatter Shrink Sign Sinh TfIdfVectorizer Where
            10 ConvInteger DequantizeLinear IsInf MatMulInteger Mod NonMaxSuppression QLinearConv QLinearMatMul \
            QuantizeLinear Resize ReverseSequence RoiAlign StringNormalizer ThresholdedRelu
            11 BitShift ConcatFromSequence CumSum Det DynamicQuantizeLinear GatherElements GatherND Range Round \
            ScatterElements ScatterND SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength \
            SplitToSequence Unique
            12 Celu Einsum GreaterOrEqual LessOrEqual NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss
            14 HardSwish Trilu
            15 Bernoulli CastLike Optional OptionalGetElement OptionalHasElement
            16 GridSample
            17 BlackmanWindow DFT HammingWindow HannWindow MelWeightMatrix STFT SequenceMap
            """);

    /** The opset that an operator was gone in. */
    private static final ImmutableMap<String, Integer> UNTIL = ImmutableMap.of("Scatter", 11, "Upsample", 10);

    private static final ImmutableListMultimap<String, Change> CHANGES = changes();

    private OldForms() {}

    /** What must be done to an operator of that opset, in order; null if it is none of that opset. */
    static @Nullable List<Change> changes(String opType, int opset) {
        Integer since = SINCE.get(opType);
        if (since == null || since > opset || UNTIL.getOrDefault(opType, Integer.MAX_VALUE) <= opset) {
            return null;
        }
        List<Change> changes = CHANGES.get(opType);
        return changes.isEmpty()
                ? changes
                : changes.stream().filter(change -> change.version() > opset).toList();
    }

    private static ImmutableMap<String, Integer> since(String table) {
        ImmutableMap.Builder<String, Integer> since = ImmutableMap.builder();
        for (String line : table.lines().toList()) {
            List<String> words = Splitter.on(' ').omitEmptyStrings().splitToList(line);
            words.subList(1, words.size()).forEach(word -> since.put(word, Integer.valueOf(words.get(0))));
        }
        return since.buildOrThrow();
    }

    private static ImmutableListMultimap<String, Change> changes() {
        ImmutableListMultimap.Builder<String, Change> changes = ImmutableListMultimap.builder();
        changes.put("BatchNormalization", new Change(9, OldForms::withoutSpatial));
        changes.put("BatchNormalization", new Change(14, OldForms::inTestMode));
        changes.put("Clip", new Change(11, OldForms::limitsToInputs));
        changes.put("Dropout", new Change(12, OldForms::ratioToInput));
        for (String each : List.of("Softmax", "LogSoftmax", "Hardmax")) {
            changes.put(each, new Change(13, OldForms::overFlattened));
        }
        changes.put("Pad", new Change(11, OldForms::padsToInputs));
        changes.put("ReduceSum", new Change(13, OldForms::axesToInput));
        for (String each : List.of("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod", "SumSquare")) {
            changes.put("Reduce" + each, new Change(18, OldForms::axesToInput));
        }
        changes.put("Resize", new Change(11, OldForms::resizeFromEdges));
        changes.put("Resize", new Change(13, OldForms::sizesAlone));
        changes.put("RoiAlign", new Change(16, OldForms::roiOfWholePixels));
        // Had a batch axis and lengths of sequences.
        changes.put("Scan", new Change(9, (node, scope) -> false));
        changes.put("Scatter", new Change(11, OldForms::scatterElements));
        changes.put("Slice", new Change(10, OldForms::rangesToInputs));
        changes.put("Split", new Change(13, OldForms::sizesToInput));
        changes.put("Split", new Change(18, OldForms::numberOfParts));
        changes.put("Squeeze", new Change(13, OldForms::axesToInput));
        changes.put("TopK", new Change(10, OldForms::countToInput));
        changes.put("Unsqueeze", new Change(13, OldForms::requiredAxesToInput));
        changes.put("Upsample", new Change(10, OldForms::upsample));
        return changes.build();
    }

    // ---- attributes that became inputs

    /** No axes, or an empty list of them, mean all. */
    private static boolean axesToInput(NodeProto.Builder node, UpgradeScope scope) {
        long[] axes = takeLongs(node, "axes");
        if (axes == null || axes.length == 0) {
            return node.getInputCount() == 1;
        }
        return input(node, 1, scope.constant(Tensor.of(axes)));
    }

    private static boolean requiredAxesToInput(NodeProto.Builder node, UpgradeScope scope) {
        long[] axes = takeLongs(node, "axes");
        return axes != null && input(node, 1, scope.constant(Tensor.of(axes)));
    }

    private static boolean limitsToInputs(NodeProto.Builder node, UpgradeScope scope) {
        AttributeProto min = take(node, "min");
        AttributeProto max = take(node, "max");
        if (node.getInputCount() != 1) {
            return false;
        }
        String like = node.getInput(0);
        return (min == null || input(node, 1, scope.scalar(min.getF(), like)))
                && (max == null || input(node, 2, scope.scalar(max.getF(), like)));
    }

    /** Without training the mask was nothing in particular; all of it is true now. */
    private static boolean ratioToInput(NodeProto.Builder node, UpgradeScope scope) {
        AttributeProto ratio = take(node, "ratio");
        return firstOutputOnly(node) && (ratio == null || input(node, 1, scope.constant(Tensor.scalar(ratio.getF()))));
    }

    private static boolean padsToInputs(NodeProto.Builder node, UpgradeScope scope) {
        long[] pads = takeLongs(node, "pads");
        AttributeProto value = take(node, "value");
        return pads != null
                && input(node, 1, scope.constant(Tensor.of(pads)))
                && (value == null || input(node, 2, scope.scalar(value.getF(), node.getInput(0))));
    }

    private static boolean rangesToInputs(NodeProto.Builder node, UpgradeScope scope) {
        long[] starts = takeLongs(node, "starts");
        long[] ends = takeLongs(node, "ends");
        long[] axes = takeLongs(node, "axes");
        return starts != null
                && ends != null
                && input(node, 1, scope.constant(Tensor.of(starts)))
                && input(node, 2, scope.constant(Tensor.of(ends)))
                && (axes == null || axes.length == 0 || input(node, 3, scope.constant(Tensor.of(axes))));
    }

    private static boolean sizesToInput(NodeProto.Builder node, UpgradeScope scope) {
        long[] sizes = takeLongs(node, "split");
        return node.getInputCount() == 1
                && (sizes == null || sizes.length == 0 || input(node, 1, scope.constant(Tensor.of(sizes))));
    }

    private static boolean numberOfParts(NodeProto.Builder node, UpgradeScope scope) {
        if (!given(node, 1)) {
            node.addAttribute(number("num_outputs", node.getOutputCount()));
        }
        return true;
    }

    private static boolean countToInput(NodeProto.Builder node, UpgradeScope scope) {
        AttributeProto count = take(node, "k");
        return count != null && input(node, 1, scope.constant(Tensor.of(new long[] {count.getI()})));
    }

    // ---- operators that changed

    private static boolean withoutSpatial(NodeProto.Builder node, UpgradeScope scope) {
        AttributeProto spatial = take(node, "spatial");
        return spatial == null || spatial.getI() == 1;
    }

    /** More outputs than one stood for training; the newer form has other outputs then. */
    private static boolean inTestMode(NodeProto.Builder node, UpgradeScope scope) {
        return firstOutputOnly(node);
    }

    /**
     * Was over all axes from {@code axis} on, 1 by default, as if they were one; is over one. Where that is not the
     * last axis, or not for certain, Flatten and Reshape bring the two together.
     */
    private static boolean overFlattened(NodeProto.Builder node, UpgradeScope scope) {
        if (node.getInputCount() != 1 || node.getOutputCount() != 1) {
            return false;
        }
        AttributeProto given = take(node, "axis");
        long axis = given == null ? 1 : given.getI();
        int rank = axis == -1 ? -1 : scope.rank(node.getInput(0));
        boolean senseless = rank >= 0 && (axis < -rank || axis >= rank);
        if (axis != -1 && axis != rank - 1L && !senseless) {
            String input = node.getInput(0);
            String shape = scope.before("Shape", List.of(input));
            node.setInput(0, scope.before("Flatten", List.of(input), number("axis", axis)));
            node.setOutput(0, scope.behind("Reshape", node.getOutput(0), List.of(shape)));
            axis = -1;
        }
        node.addAttribute(number("axis", senseless ? axis : -1));
        return true;
    }

    private static boolean upsample(NodeProto.Builder node, UpgradeScope scope) {
        AttributeProto scales = take(node, "scales");
        if (scales != null && !input(node, 1, scope.constant(Tensor.of(Floats.toArray(scales.getFloatsList()))))) {
            return false;
        }
        node.setOpType("Resize");
        return resize(node, "floor");
    }

    /**
     * The first form measured from the edges. Which neighbour is the nearest was not written down; engines take the lower one
     * when they enlarge, the upper one when they shrink.
     */
    private static boolean resizeFromEdges(NodeProto.Builder node, UpgradeScope scope) {
        if (mode(node).equals("linear")) {
            return resize(node, "floor");
        }
        Tensor scales = given(node, 1) ? scope.constantOf(node.getInput(1)) : null;
        if (scales == null) {
            return false;
        }
        List<Float> factors = Floats.asList(scales.toFloatArray());
        boolean enlarges = factors.stream().allMatch(each -> each >= 1);
        boolean shrinks = factors.stream().allMatch(each -> each <= 1);
        return (enlarges || shrinks) && resize(node, enlarges ? "floor" : "ceil");
    }

    private static String mode(NodeProto.Builder node) {
        return node.getAttributeList().stream()
                .filter(attribute -> attribute.getName().equals("mode"))
                .map(attribute -> attribute.getS().toStringUtf8())
                .findFirst()
                .orElse("nearest");
    }

    private static boolean resize(NodeProto.Builder node, String nearest) {
        String mode = mode(node);
        if (node.getInputCount() != 2 || !(mode.equals("nearest") || mode.equals("linear"))) {
            return false;
        }
        node.addInput(node.getInput(1)).setInput(1, "");
        node.addAttribute(text("coordinate_transformation_mode", "asymmetric"));
        node.addAttribute(text("nearest_mode", nearest));
        return true;
    }

    /** Sizes stood beside scales that were empty; they take turns now. */
    private static boolean sizesAlone(NodeProto.Builder node, UpgradeScope scope) {
        if (given(node, 3)) {
            node.setInput(2, "");
        }
        return true;
    }

    private static boolean roiOfWholePixels(NodeProto.Builder node, UpgradeScope scope) {
        node.addAttribute(text("coordinate_transformation_mode", "output_half_pixel"));
        return true;
    }

    private static boolean scatterElements(NodeProto.Builder node, UpgradeScope scope) {
        node.setOpType("ScatterElements");
        return true;
    }

    // ---- parts of nodes

    /** Whether nobody asks for more than the first output; then the node has no others. */
    private static boolean firstOutputOnly(NodeProto.Builder node) {
        if (node.getOutputCount() == 0 || node.getOutputList().stream().skip(1).anyMatch(name -> !name.isEmpty())) {
            return false;
        }
        String output = node.getOutput(0);
        node.clearOutput().addOutput(output);
        return true;
    }

    private static boolean given(NodeProto.Builder node, int index) {
        return index < node.getInputCount() && !node.getInput(index).isEmpty();
    }

    /** Whether the node could be given an input, that is, had none there. */
    private static boolean input(NodeProto.Builder node, int index, String name) {
        if (node.getInputCount() > index) {
            return false;
        }
        while (node.getInputCount() < index) {
            node.addInput("");
        }
        node.addInput(name);
        return true;
    }

    /** The attribute, which the node then has no more; null if it had none. */
    private static @Nullable AttributeProto take(NodeProto.Builder node, String name) {
        AttributeProto taken = null;
        List<AttributeProto> left = new ArrayList<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (taken == null && attribute.getName().equals(name)) {
                taken = attribute;
            } else {
                left.add(attribute);
            }
        }
        node.clearAttribute().addAllAttribute(left);
        return taken;
    }

    private static long @Nullable [] takeLongs(NodeProto.Builder node, String name) {
        AttributeProto taken = take(node, name);
        return taken == null ? null : Longs.toArray(taken.getIntsList());
    }

    private static AttributeProto number(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.INT)
                .setI(value)
                .build();
    }

    private static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }
}
