# shellcheck shell=sh
# Commands in control groups, version 1 or 2 (cgroups(7)), as root. Read by surroundings and soak.

# Runs the command in a group of its own with VALUE in FILE of CONTROLLER. Its status is 125 if there
# can be no such group.
in_group() { # CONTROLLER FILE VALUE COMMAND...
    if [ -d "/sys/fs/cgroup/$1" ]; then
        group=/sys/fs/cgroup/$1/sockladder.$$
    else
        { echo "+$1" >/sys/fs/cgroup/cgroup.subtree_control; } 2>/dev/null
        group=/sys/fs/cgroup/sockladder.$$
    fi
    mkdir -p "$group" 2>/dev/null && echo "$3" 2>/dev/null >"$group/$2" || return 125
    shift 3
    # shellcheck disable=SC2016 # the inner shell expands it
    sh -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$group" "$@"
}
tenth_of_a_processor() {
    if [ -e /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]; then
        in_group cpu cpu.cfs_quota_us 10000 "$@"
    else
        in_group cpu cpu.max '10000 100000' "$@"
    fi
}

# Ends what still runs in these groups, and removes them.
# shellcheck disable=SC2046 # numbers
end_groups() {
    for group in "/sys/fs/cgroup/sockladder.$$" "/sys/fs/cgroup"/*/"sockladder.$$"; do
        [ -d "$group" ] || continue
        # What was killed leaves its group a little later.
        for _ in $(seq 100); do
            kill -KILL $(cat "$group/cgroup.procs") 2>/dev/null
            rmdir "$group" 2>/dev/null && break
            sleep 0.1
        done
    done
}
