"""The payment forms, one file each, registered in the order in which they settle."""

from sim.payment.form import register
from sim.payment.forms import (
    care_coordination_fee,
    contract_duties,
    fee_schedule,
    global_budget,
    growth_target,
    hospital_global_budget,
    medical_loss_ratio,
    pay_for_performance,
    primary_care_capitation,
    quality_pool,
    reinsurance,
    risk_adjustment,
    separate_plans,
    shared_savings,
    withhold,
)

for _form in (
    global_budget.FORM,
    withhold.FORM,
    contract_duties.FORM,
    quality_pool.FORM,
    pay_for_performance.FORM,
    care_coordination_fee.FORM,
    primary_care_capitation.FORM,
    hospital_global_budget.FORM,
    shared_savings.SHARED_SAVINGS,
    shared_savings.SHARED_RISK,
    medical_loss_ratio.FORM,
    reinsurance.FORM,
    growth_target.FORM,
    risk_adjustment.FORM,
    fee_schedule.FORM,
    separate_plans.FORM,
):
    register(_form)
