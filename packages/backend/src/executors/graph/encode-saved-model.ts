import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Attribute, GraphDefinition, NodeDefinition, Signature, SignatureTensor } from './graph-definition.js';

/**
 * Serialises a graph as TensorFlow's `saved_model.pb`. Field numbers are those of TensorFlow's
 * `saved_model.proto`, `meta_graph.proto`, `graph.proto`, `node_def.proto` and `attr_value.proto`.
 */
export function encodeSavedModel(graph: GraphDefinition): Uint8Array {
  const savedModel = new BinaryWriter();
  savedModel.tag(1, WireType.Varint).int64(1);
  field(savedModel, 2, (metaGraph) => {
    field(metaGraph, 1, (info) => info.tag(4, WireType.LengthDelimited).string('serve'));
    field(metaGraph, 2, (graphDef) => {
      for (const node of graph.nodes) field(graphDef, 1, (writer) => encodeNode(writer, node));
      // The producer version of TensorFlow 2.9, the oldest runtime that may load the graph.
      field(graphDef, 4, (versions) => versions.tag(1, WireType.Varint).int32(1087));
    });
    for (const [name, signature] of Object.entries(graph.signatures)) {
      mapEntry(metaGraph, 5, name, (writer) => encodeSignature(writer, signature));
    }
  });
  return savedModel.finish();
}

function encodeNode(writer: BinaryWriter, node: NodeDefinition): void {
  writer.tag(1, WireType.LengthDelimited).string(node.name);
  writer.tag(2, WireType.LengthDelimited).string(node.operation);
  for (const input of node.inputs) writer.tag(3, WireType.LengthDelimited).string(input);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    mapEntry(writer, 5, name, (value) => encodeAttribute(value, attribute));
  }
}

function encodeAttribute(writer: BinaryWriter, attribute: Attribute): void {
  switch (attribute.kind) {
    case 'string':
      writer.tag(2, WireType.LengthDelimited).string(attribute.value);
      return;
    case 'int':
      writer.tag(3, WireType.Varint).int64(attribute.value);
      return;
    case 'bool':
      writer.tag(5, WireType.Varint).bool(attribute.value);
      return;
    case 'type':
      writer.tag(6, WireType.Varint).int32(attribute.value);
      return;
    case 'shape':
      field(writer, 7, (shape) => encodeShape(shape, attribute.value));
      return;
    case 'tensor':
      field(writer, 8, (tensor) => {
        tensor.tag(1, WireType.Varint).int32(attribute.type);
        field(tensor, 2, (shape) => encodeShape(shape, attribute.shape));
        tensor.tag(4, WireType.LengthDelimited).bytes(attribute.content);
      });
      return;
  }
}

function encodeShape(writer: BinaryWriter, shape: readonly number[]): void {
  for (const size of shape) field(writer, 2, (dimension) => dimension.tag(1, WireType.Varint).int64(size));
}

function encodeSignature(writer: BinaryWriter, signature: Signature): void {
  for (const [name, tensor] of Object.entries(signature.inputs)) {
    mapEntry(writer, 1, name, (info) => encodeTensorInfo(info, tensor));
  }
  for (const [name, tensor] of Object.entries(signature.outputs)) {
    mapEntry(writer, 2, name, (info) => encodeTensorInfo(info, tensor));
  }
  writer.tag(3, WireType.LengthDelimited).string('tensorflow/serving/predict');
}

function encodeTensorInfo(writer: BinaryWriter, tensor: SignatureTensor): void {
  writer.tag(1, WireType.LengthDelimited).string(`${tensor.node}:0`);
  writer.tag(2, WireType.Varint).int32(tensor.type);
  field(writer, 3, (shape) => encodeShape(shape, tensor.shape));
}

function field(writer: BinaryWriter, number: number, write: (writer: BinaryWriter) => void): void {
  writer.tag(number, WireType.LengthDelimited).fork();
  write(writer);
  writer.join();
}

function mapEntry(writer: BinaryWriter, number: number, key: string, write: (writer: BinaryWriter) => void): void {
  field(writer, number, (entry) => {
    entry.tag(1, WireType.LengthDelimited).string(key);
    field(entry, 2, write);
  });
}
