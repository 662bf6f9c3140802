from tests.e2e.conftest import *
from tests.e2e.test_sound import *
pytestmark = pytest.mark.asyncio(loop_scope="session")
async def test_x(centre, tmp_path):
    plan = CallerPlan(did=centre.did, caller=centre.caller(), keys=(Keys(after_s=4, digits="9"),), hang_up_s=9, record=True)
    found = await prompts_of(centre, plan, tmp_path)
    for f in found: print(f)
    print(centre.ivr.log.read_text()[-3000:])
    print(centre.acd.log.read_text()[-1500:])
    print(centre.box.runtime.logs(60) if hasattr(centre.box,'runtime') else dir(centre.box))
    print(await centre.all_calls())
    assert 0
