import protobuf from 'protobufjs';

/** The cluster that a process is a part of. */
export interface Cluster {
  rank: number;
  /** host:port of every rank, in order. */
  addresses: readonly string[];
}

const ServerDef = protobuf.Root.fromJSON({
  nested: {
    ServerDef: {
      fields: {
        cluster: { type: 'ClusterDef', id: 1 },
        jobName: { type: 'string', id: 2 },
        taskIndex: { type: 'int32', id: 3 },
        defaultSessionConfig: { type: 'ConfigProto', id: 4 },
        protocol: { type: 'string', id: 5 },
      },
    },
    ClusterDef: { fields: { job: { rule: 'repeated', type: 'JobDef', id: 1 } } },
    JobDef: {
      fields: {
        name: { type: 'string', id: 1 },
        tasks: { keyType: 'int32', type: 'string', id: 2 } as protobuf.IMapField,
      },
    },
    ConfigProto: { fields: { experimental: { type: 'Experimental', id: 16 } } },
    Experimental: { fields: { collectiveGroupLeader: { type: 'string', id: 1 } } },
  },
}).lookupType('ServerDef');

/** A cluster as TensorFlow's ServerDef, serialized: one job of which every rank is a task; rank 0 assigns the groups. */
export function serverDefinition({ rank, addresses }: Cluster): Buffer {
  const message = ServerDef.create({
    cluster: { job: [{ name: 'worker', tasks: { ...addresses } }] },
    jobName: 'worker',
    taskIndex: rank,
    defaultSessionConfig: { experimental: { collectiveGroupLeader: '/job:worker/replica:0/task:0' } },
    protocol: 'grpc',
  });
  return Buffer.from(ServerDef.encode(message).finish());
}
