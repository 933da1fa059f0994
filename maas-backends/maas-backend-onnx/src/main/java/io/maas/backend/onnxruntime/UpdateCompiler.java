package io.maas.backend.onnxruntime;

import io.maas.graph.Op;
import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.Map;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.Type;

/**
 * Writes formulas as Java loops, which the JVM's own compiler turns into vector instructions: all of a formula in one pass, where
 * the runtime makes one pass an operator. Parameters of a network share one loop, as it depends on the formula only.
 *
 * <p>For one thread at a time.
 */
final class UpdateCompiler {
    /**
     * Added and taken away again: nothing is left of a number below 2^-126, one above 2^-78 stays as it is, and what lies between is
     * rounded, to a multiple of 2^-125 at least. A comparison would keep the JVM (17) from using vector instructions.
     */
    static final float FLUSH = 0x1p-102f;

    private static final String KERNEL = Type.getInternalName(UpdateKernel.class);
    private static final String NAME = KERNEL + "Code";
    private static final String RUN = Type.getMethodDescriptor(
            Type.VOID_TYPE, Type.getType(float[][].class), Type.getType(float[].class), Type.INT_TYPE);

    private static final int TENSORS = 1;
    private static final int SCALARS = 2;
    private static final int COUNT = 3;
    private static final int INDEX = 4;
    private static final int FIRST_FREE = 5;

    private final Map<UpdateFormula, UpdateKernel> known = new HashMap<>();

    UpdateKernel compile(UpdateFormula formula) {
        return known.computeIfAbsent(formula, UpdateCompiler::define);
    }

    private static UpdateKernel define(UpdateFormula formula) {
        try {
            return (UpdateKernel) MethodHandles.lookup()
                    .defineHiddenClass(bytes(formula), true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("kernel of " + formula + " cannot be made", e);
        }
    }

    private static byte[] bytes(UpdateFormula formula) {
        ClassWriter writer = new ClassWriter(ClassWriter.COMPUTE_FRAMES | ClassWriter.COMPUTE_MAXS);
        writer.visit(
                Opcodes.V17,
                Opcodes.ACC_FINAL | Opcodes.ACC_SUPER,
                NAME,
                null,
                Type.getInternalName(Object.class),
                new String[] {KERNEL});
        MethodVisitor constructor = writer.visitMethod(0, "<init>", "()V", null, null);
        constructor.visitVarInsn(Opcodes.ALOAD, 0);
        constructor.visitMethodInsn(Opcodes.INVOKESPECIAL, Type.getInternalName(Object.class), "<init>", "()V", false);
        end(constructor);
        new Loop(formula, writer.visitMethod(Opcodes.ACC_PUBLIC, "run", RUN, null, null)).write();
        writer.visitEnd();
        return writer.toByteArray();
    }

    private static void end(MethodVisitor method) {
        method.visitInsn(Opcodes.RETURN);
        method.visitMaxs(0, 0);
        method.visitEnd();
    }

    /** Writes the method: arrays and scalars into local variables, then the loop over the elements. */
    private static final class Loop {
        private final UpdateFormula formula;
        private final MethodVisitor code;
        private final int arrays;
        private final int operands;

        Loop(UpdateFormula formula, MethodVisitor code) {
            this.formula = formula;
            this.code = code;
            this.arrays = FIRST_FREE;
            this.operands = arrays
                    + formula.tensors()
                    + formula.results().size()
                    + formula.sums().size();
        }

        void write() {
            for (int i = 0; i < operands - arrays; i++) {
                load(TENSORS, i, Opcodes.AALOAD);
                code.visitVarInsn(Opcodes.ASTORE, arrays + i);
            }
            for (int i = 0; i < formula.scalars(); i++) {
                load(SCALARS, i, Opcodes.FALOAD);
                code.visitVarInsn(Opcodes.FSTORE, operand(formula.tensors() + i));
            }
            code.visitInsn(Opcodes.ICONST_0);
            code.visitVarInsn(Opcodes.ISTORE, INDEX);
            Label head = new Label();
            Label out = new Label();
            code.visitLabel(head);
            code.visitVarInsn(Opcodes.ILOAD, INDEX);
            code.visitVarInsn(Opcodes.ILOAD, COUNT);
            code.visitJumpInsn(Opcodes.IF_ICMPGE, out);
            element();
            code.visitIincInsn(INDEX, 1);
            code.visitJumpInsn(Opcodes.GOTO, head);
            code.visitLabel(out);
            end(code);
        }

        private void load(int array, int index, int opcode) {
            code.visitVarInsn(Opcodes.ALOAD, array);
            code.visitLdcInsn(index);
            code.visitInsn(opcode);
        }

        private int operand(int number) {
            return operands + number;
        }

        /** All is read before anything is written: a result may replace one of the tensors. */
        private void element() {
            for (int i = 0; i < formula.tensors(); i++) {
                at(i);
                code.visitInsn(Opcodes.FALOAD);
                code.visitVarInsn(Opcodes.FSTORE, operand(i));
            }
            int next = formula.tensors() + formula.scalars();
            for (UpdateFormula.Instruction instruction : formula.instructions()) {
                compute(instruction);
                code.visitVarInsn(Opcodes.FSTORE, operand(next++));
            }
            int array = formula.tensors();
            for (int result : formula.results()) {
                at(array++);
                code.visitVarInsn(Opcodes.FLOAD, operand(result));
                if (formula.flushing()) {
                    code.visitLdcInsn(FLUSH);
                    code.visitInsn(Opcodes.FADD);
                    code.visitLdcInsn(FLUSH);
                    code.visitInsn(Opcodes.FSUB);
                }
                code.visitInsn(Opcodes.FASTORE);
            }
            for (int sum : formula.sums()) {
                at(array++);
                code.visitInsn(Opcodes.DUP2);
                code.visitInsn(Opcodes.FALOAD);
                code.visitVarInsn(Opcodes.FLOAD, operand(sum));
                code.visitInsn(Opcodes.FADD);
                code.visitInsn(Opcodes.FASTORE);
            }
        }

        private void at(int array) {
            code.visitVarInsn(Opcodes.ALOAD, arrays + array);
            code.visitVarInsn(Opcodes.ILOAD, INDEX);
        }

        private void compute(UpdateFormula.Instruction instruction) {
            if (instruction.op() == Op.RECIPROCAL) {
                code.visitInsn(Opcodes.FCONST_1);
            }
            code.visitVarInsn(Opcodes.FLOAD, operand(instruction.left()));
            switch (instruction.op()) {
                case ADD, SUB, MUL, DIV, MAX, MIN -> {
                    code.visitVarInsn(Opcodes.FLOAD, operand(instruction.right()));
                    binary(instruction.op());
                }
                case IDENTITY -> {}
                case NEG -> code.visitInsn(Opcodes.FNEG);
                case RECIPROCAL -> code.visitInsn(Opcodes.FDIV);
                case ABS -> math("abs", "(F)F");
                case SQRT -> {
                    // Rounded once: the root of a float, rounded to double and then to float, is exact.
                    code.visitInsn(Opcodes.F2D);
                    math("sqrt", "(D)D");
                    code.visitInsn(Opcodes.D2F);
                }
                default ->
                    throw new IllegalArgumentException(
                            "operator: " + instruction.op() + " (expected: one of an update)");
            }
        }

        private void binary(Op op) {
            switch (op) {
                case ADD -> code.visitInsn(Opcodes.FADD);
                case SUB -> code.visitInsn(Opcodes.FSUB);
                case MUL -> code.visitInsn(Opcodes.FMUL);
                case DIV -> code.visitInsn(Opcodes.FDIV);
                case MAX -> math("max", "(FF)F");
                default -> math("min", "(FF)F");
            }
        }

        private void math(String method, String descriptor) {
            code.visitMethodInsn(Opcodes.INVOKESTATIC, Type.getInternalName(Math.class), method, descriptor, false);
        }
    }
}
