/**
 * Fine-tuning of finished ONNX models: which weights learn, what is put behind the model, and how the result becomes its next
 * version. Start with {@link io.maas.training.finetune.FineTune}.
 */
@org.jspecify.annotations.NullMarked
package io.maas.training.finetune;
