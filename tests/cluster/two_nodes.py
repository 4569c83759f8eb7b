"""A Ray cluster of two nodes with a core each, until standard input ends: `python two_nodes.py [MEMORY]`.

MEMORY: bytes that the head has for stages.

Prints a line of JSON: the address, and each node's id and the number of its raylet's process, the head's first.
"""

import json
import os
import sys

# A lost node is noticed after two seconds instead of fifteen. Ray reads this when it is imported.
os.environ |= {
    "RAY_health_check_initial_delay_ms": "1000",
    "RAY_health_check_period_ms": "500",
    "RAY_health_check_failure_threshold": "4",
    "RAY_USAGE_STATS_ENABLED": "0",
}

from ray.cluster_utils import Cluster

NODE = {"num_cpus": 1, "memory": 4 * 10**9, "object_store_memory": 10**8, "include_dashboard": False}

HEAD = NODE | {"memory": int(sys.argv[1])} if sys.argv[1:] else NODE

cluster = Cluster(initialize_head=True, head_node_args=HEAD)
cluster.add_node(**NODE)
nodes = [(node.node_id, node.all_processes["raylet"][0].process.pid) for node in cluster.list_all_nodes()]
print(json.dumps({"address": cluster.address, "nodes": nodes}), flush=True)
sys.stdin.read()
cluster.shutdown()
